/** `interfuse evaluate`: computes the figures of a finished run again from its checkpoint. They must be the same. */
import { resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { formatFigure } from '../comparison/format.js';
import { textTable } from '../comparison/table.js';
import { showPath } from '../experiment/open-experiment.js';
import { evaluateSelected } from '../run/evaluate-selected.js';
import { openFinishedRun } from '../run/open-run.js';
import { type Figures, readResult } from '../run/result.js';
import { openRunData } from '../run/run-data.js';
import { pathOf } from '../run/run-folder.js';
import { type CommandContext, terminalLogger } from './context.js';

/** @throws RUN_INVALID if the run is not finished, or its figures cannot be reproduced */
export async function evaluate(path: string, { terminal, workingFolder }: CommandContext): Promise<number> {
  const folder = resolve(workingFolder, path);
  const { run, changed } = await openFinishedRun(folder, terminalLogger(terminal));
  const result = await readResult(folder, run.name);
  if (changed.length > 0) terminal.error.write(`Changed since this run was made: ${changed.join(', ')}.\n`);
  const { scope, metrics } = run.strategy;
  const engine = await scope.engine();
  const data = openRunData(run, engine);
  try {
    const { valid, test } = await evaluateSelected(run, engine, data);
    const rows = Object.entries({ valid, test });
    const table = textTable({
      columns: [
        { title: 'split', align: 'left' },
        ...metrics.columns.map(({ name }) => ({ title: name, align: 'right' }) as const),
      ],
      rows: rows.map(([split, figures]) => [
        split,
        ...metrics.columns.map((column) => formatFigure(figures[column.name] ?? Number.NaN, column)),
      ]),
    });
    terminal.out.write(`${table}\n`);
    requireEqual(folder, { valid, test }, result, changed);
    terminal.out.write(`Equal to ${showPath(pathOf(folder, 'result'))}.\n`);
    return 0;
  } finally {
    await data.close();
    await scope.dispose();
  }
}

type Evaluated = { readonly valid: Figures; readonly test: Figures };

function requireEqual(folder: string, now: Evaluated, before: Evaluated, changed: readonly string[]): void {
  for (const split of ['valid', 'test'] as const) {
    for (const [column, figure] of Object.entries(now[split])) {
      const stored = before[split][column];
      if (Object.is(figure, stored)) continue;
      throw new InterfuseError('RUN_INVALID', {
        place: `${showPath(pathOf(folder, 'result'))}: ${split}.${column}`,
        expected: `${stored}, as stored`,
        got: String(figure),
        ...(changed.length === 0 ? {} : { remedy: `Train it again: it was made with another ${changed.join(', ')}.` }),
      });
    }
  }
}
