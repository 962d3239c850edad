/** `interfuse inspect`: what a finished run does inside, as numbers, as a page of plots and in short. */
import { rankingColumn } from '../comparison/ranking-column.js';
import type { Introspection } from '../introspection/introspection.js';
import { introspectionSummary } from '../introspection/summary.js';
import { writeIntrospection } from '../introspection/write-introspection.js';
import { pathOf } from '../run/run-folder.js';
import { showPath } from '../show-path.js';
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
    const found = (await writeIntrospection(run, engine, data, {
      result,
      changed,
      signal,
      ...(sample === undefined ? {} : { singles: sample }),
      onStage: (stage) => {
        if (isLive) terminal.error.write(`\r\x1b[K${stage}`);
      },
    })) as Introspection;
    if (isLive) terminal.error.write('\r\x1b[K');
    const { columns } = run.strategy.metrics;
    const selected = rankingColumn(columns, result.selected.column);
    terminal.out.write(`${introspectionSummary(found, selected)}\n\n`);
    const written = (['introspection', 'introspectionPage'] as const).map((file) => showPath(pathOf(folder, file)));
    terminal.out.write(`Written to ${written.join(' and ')}.\n`);
  });
}
