/** `interfuse inspect`: what a finished run does inside, as numbers, as a page of plots and in short. */
import { writeFileWhole } from '@interfuse/safetensors';
import { rankingColumn } from '../comparison/ranking-column.js';
import { showPath } from '../experiment/open-experiment.js';
import { introspect } from '../introspection/introspect.js';
import { introspectionPage } from '../introspection/page.js';
import { introspectionSummary } from '../introspection/summary.js';
import { requireEqual } from '../run/require-equal.js';
import { pathOf, writeJson } from '../run/run-folder.js';
import type { CommandContext } from './context.js';
import { withFinishedRun } from './with-finished-run.js';

export interface InspectOptions {
  /** Ids of the validation samples that are shown singly. */
  readonly sample?: readonly string[];
}

/** Changes nothing of the run. @throws RUN_INVALID if the run is not finished, or its validation figures cannot be reproduced */
export async function inspectRun(path: string, { sample }: InspectOptions, context: CommandContext): Promise<number> {
  const { terminal, signal } = context;
  const isLive = terminal.error.isTTY === true;
  return withFinishedRun(path, context, async ({ folder, run, result, changed, engine, data }) => {
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
    const { columns } = run.strategy.metrics;
    const selected = rankingColumn(columns, result.selected.column);
    await writeFileWhole(pathOf(folder, 'introspectionPage'), introspectionPage(found, selected));
    await writeJson(folder, 'introspection', found);
    terminal.out.write(`${introspectionSummary(found, selected)}\n\n`);
    const written = (['introspection', 'introspectionPage'] as const).map((file) => showPath(pathOf(folder, file)));
    terminal.out.write(`Written to ${written.join(' and ')}.\n`);
  });
}
