/** `interfuse inspect`: what a finished run does inside, as numbers, as a page of plots and in short. */
import { resolve } from 'node:path';
import type { MetricColumn } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';
import { showPath } from '../experiment/open-experiment.js';
import { introspect } from '../introspection/introspect.js';
import { introspectionPage } from '../introspection/page.js';
import { introspectionSummary } from '../introspection/summary.js';
import { openFinishedRun } from '../run/open-run.js';
import { requireEqual } from '../run/require-equal.js';
import { readResult } from '../run/result.js';
import { openRunData } from '../run/run-data.js';
import { pathOf, writeJson } from '../run/run-folder.js';
import { exitCodes } from '../show-error.js';
import { type CommandContext, terminalLogger } from './context.js';

export interface InspectOptions {
  /** Ids of the validation samples that are shown singly. */
  readonly sample?: readonly string[];
}

/** Changes nothing of the run. @throws RUN_INVALID if the run is not finished, or its validation figures cannot be reproduced */
export async function inspectRun(
  path: string,
  { sample }: InspectOptions,
  { terminal, workingFolder, signal }: CommandContext,
): Promise<number> {
  const folder = resolve(workingFolder, path);
  const { run, changed } = await openFinishedRun(folder, terminalLogger(terminal));
  const result = await readResult(folder, run.name);
  if (changed.length > 0) terminal.error.write(`Changed since this run was made: ${changed.join(', ')}.\n`);
  const { scope, metrics } = run.strategy;
  const engine = await scope.engine();
  const data = openRunData(run, engine);
  const isLive = terminal.error.isTTY === true;
  try {
    const found = await introspect(run, engine, data, {
      result,
      signal,
      ...(sample === undefined ? {} : { singles: sample }),
      onStage: (stage) => {
        if (isLive) terminal.error.write(`\r\x1b[K${stage}`);
      },
    });
    if (isLive) terminal.error.write('\r\x1b[K');
    requireEqual(folder, { valid: found.whole }, result, changed);
    const selected = metrics.columns.find(({ name }) => name === result.selected.column) as MetricColumn;
    await writeFileWhole(pathOf(folder, 'introspectionPage'), introspectionPage(found, selected));
    await writeJson(folder, 'introspection', found);
    terminal.out.write(`${introspectionSummary(found, selected)}\n\n`);
    const written = (['introspection', 'introspectionPage'] as const).map((file) => showPath(pathOf(folder, file)));
    terminal.out.write(`Written to ${written.join(' and ')}.\n`);
    return 0;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return exitCodes.interrupted;
    throw error;
  } finally {
    await data.close();
    await scope.dispose();
  }
}
