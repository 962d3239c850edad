/** `interfuse data import`: what all importers have in common, from flags to the report. */
import { resolve } from 'node:path';
import type { ImportOptions, ImportReport } from '@interfuse/importers';
import { textTable } from '../../comparison/table.js';
import { showPath } from '../../show-path.js';
import type { CommandContext } from '../context.js';
import { showBar } from './bar.js';

/** As the command line gives them. */
export interface CommonFlags extends Omit<ImportOptions, 'signal' | 'progress'> {
  readonly quiet?: boolean;
}

/** Runs an importer with a progress bar and prints what it made. */
export async function importFile(
  out: string,
  { quiet, ...flags }: CommonFlags,
  { terminal, workingFolder, signal }: CommandContext,
  run: (options: ImportOptions, resolvePath: (path: string) => string) => Promise<ImportReport>,
): Promise<number> {
  const bar = showBar(terminal, quiet === true);
  try {
    const options: ImportOptions = { ...flags, signal, progress: bar.update };
    const report = await run(options, (path) => resolve(workingFolder, path));
    bar.close();
    terminal.out.write(`${describe(report, out)}\n`);
    for (const note of report.notes) terminal.error.write(`${note}\n`);
    return 0;
  } finally {
    bar.close();
  }
}

function describe({ title, folder, sizes, streams }: ImportReport, out: string): string {
  const table = textTable({
    columns: [
      { title: 'stream', align: 'left' },
      { title: 'features', align: 'right' },
      { title: 'steps at most', align: 'right' },
    ],
    rows: Object.entries(streams).map(([name, { width, maximumLength }]) => [
      name,
      String(width),
      String(maximumLength),
    ]),
  });
  const { train, valid, test } = sizes;
  return [
    `${title}: ${train} samples to train, ${valid} to validate, ${test} to test`,
    '',
    table,
    '',
    `${showPath(folder)} is a dataset folder: data.use=folder data.options.path=${out}`,
  ].join('\n');
}
