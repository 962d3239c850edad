/** `interfuse report`: one comparison of finished runs, of one suite or several, without training anything. */
import { resolve } from 'node:path';
import { textReport } from '../comparison/report.js';
import { reportName } from '../comparison/report-name.js';
import { collectRuns } from '../report/collect-runs.js';
import { quoted } from '../report/command-line.js';
import { mergeRuns } from '../report/merge-runs.js';
import { writeReport } from '../report/write-report.js';
import { showPath } from '../show-path.js';
import { type CommandContext, terminalLogger } from './context.js';

export interface ReportOptions {
  /** Default: `merged`, and a hash of the runs. */
  readonly name?: string;
  /** Folder; default: here. */
  readonly output?: string;
}

/** @throws FILE_NOT_FOUND; RUN_INVALID where a run is not finished or does not fit the others. Nothing is written then. */
export async function report(
  paths: readonly string[],
  { name, output = '.' }: ReportOptions,
  { terminal, workingFolder }: CommandContext,
): Promise<number> {
  const { runs, unfinished } = await collectRuns(paths, workingFolder);
  if (unfinished.length > 0) {
    terminal.error.write(`Not finished, and left out: ${unfinished.map((folder) => showPath(folder)).join(', ')}.\n`);
  }
  const { data, notes } = await mergeRuns(runs, {
    name: name ?? 'merged',
    reproduce: [['interfuse', 'report', ...paths].map(quoted).join(' ')],
    logger: terminalLogger(terminal),
  });
  for (const note of notes) terminal.error.write(`${note}\n`);
  const { comparison } = data;
  const { out } = terminal;
  out.write(`${textReport(comparison, out.isTTY === true ? out.columns : undefined)}\n\n`);
  const named = reportName({
    name: comparison.name,
    overrides: name === undefined ? ['merged'] : [],
    runs: comparison.strategies.flatMap((strategy) => strategy.runs),
  });
  const files = await writeReport(resolve(workingFolder, output), named, data);
  out.write(`Report: ${files.map((file) => showPath(file)).join(', ')}\n`);
  return 0;
}
