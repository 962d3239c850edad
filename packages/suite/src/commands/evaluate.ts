/**
 * `interfuse evaluate`: computes the figures of a finished run again from its checkpoint. They must be the same. With
 * `--missing` it goes on to what the run predicts when modalities are missing, with `--emap` to whether what it gains is
 * cross-modal.
 */
import type { Engine, MetricColumn } from '@interfuse/core';
import { formatFigure } from '../comparison/format.js';
import { rankingColumn } from '../comparison/ranking-column.js';
import { type Column, fitTable, type Table, textTable } from '../comparison/table.js';
import { emapSentences } from '../emap/cross-modal.js';
import { evaluateEmap } from '../emap/evaluate-emap.js';
import type { RunPlan } from '../experiment/plan.js';
import { evaluateMissing } from '../run/evaluate-missing.js';
import { evaluateSelected } from '../run/evaluate-selected.js';
import type { Cell, WholeMatrix } from '../run/missing-matrix.js';
import { OpenedBefore } from '../run/opened-before.js';
import { requireEqual } from '../run/require-equal.js';
import type { Figures, RunResult } from '../run/result.js';
import type { RunData } from '../run/run-data.js';
import { pathOf, writeJson } from '../run/run-folder.js';
import { showPath } from '../show-path.js';
import type { Terminal } from '../terminal.js';
import type { CommandContext } from './context.js';
import { withFinishedRun } from './with-finished-run.js';

export interface EvaluateOptions {
  /** Also evaluate with modalities missing. */
  readonly missing: boolean;
  /** Also project the predictions onto sums over the modalities. */
  readonly emap: boolean;
  /** How often every sample is evaluated with modalities of others for that. Default: 32. */
  readonly emapPairs?: number;
}

const defaultPairs = 32;

/** @throws RUN_INVALID if the run is not finished, or its figures cannot be reproduced */
export async function evaluate(path: string, options: EvaluateOptions, context: CommandContext): Promise<number> {
  const { missing, emap, emapPairs = defaultPairs } = options;
  const { terminal, signal } = context;
  return withFinishedRun(path, context, async ({ folder, run, result, changed, engine, data }) => {
    const { valid, test } = await evaluateSelected(run, engine, data, await OpenedBefore.by(run));
    const { columns } = run.strategy.metrics;
    const rows = Object.entries({ valid, test });
    const table = textTable({
      columns: [{ title: 'split', align: 'left' }, ...columns.map(columnOf)],
      rows: rows.map(([split, figures]) => [split, ...columns.map((column) => show(figures, column))]),
    });
    terminal.out.write(`${table}\n`);
    requireEqual(folder, { valid, test }, result, changed);
    terminal.out.write(`Equal to ${showPath(pathOf(folder, 'result'))}.\n`);
    const found: Found = { result, changed, signal, terminal };
    if (missing) await evaluateMatrix(run, engine, data, found);
    if (emap) await evaluateProjection(run, engine, data, found, emapPairs);
  });
}

const columnOf = ({ name }: MetricColumn): Column => ({ title: name, align: 'right' });
const show = (figures: Figures, column: MetricColumn): string =>
  formatFigure(figures[column.name] ?? Number.NaN, column);

interface Found {
  readonly result: RunResult;
  readonly changed: readonly string[];
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/** Writes `missing.json` and prints it. @throws RUN_INVALID if the figures with nothing dropped are not those of the run */
async function evaluateMatrix(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  { result, changed, signal, terminal }: Found,
): Promise<void> {
  const isLive = terminal.error.isTTY === true;
  const matrix = await evaluateMissing(run, engine, data, await OpenedBefore.by(run), {
    signal,
    onCell: (cell, cells) => {
      if (isLive) terminal.error.write(`\r\x1b[Kmodalities missing: ${cell + 1} of ${cells}`);
    },
  });
  if (isLive) terminal.error.write('\r\x1b[K');
  const { valid, test } = matrix.cells[0] as Required<Cell>;
  requireEqual(run.folder, { valid: valid.figures, test: test.figures }, result, changed);
  await writeJson(run.folder, 'missing', matrix);
  terminal.out.write(`\n${matrixTable(matrix, run, result, terminal.out.columns)}\n`);
  terminal.out.write(`Written to ${showPath(pathOf(run.folder, 'missing'))}.\n`);
}

/** Writes `emap.json` and prints it. */
async function evaluateProjection(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  { result, signal, terminal }: Found,
  pairings: number,
): Promise<void> {
  const isLive = terminal.error.isTTY === true;
  const column = rankingColumn(run.strategy.metrics.columns, result.selected.column);
  const found = await evaluateEmap(run, engine, data, await OpenedBefore.by(run), {
    result,
    column,
    pairings,
    signal,
    onPairing: (pairing, count) => {
      if (isLive) terminal.error.write(`\r\x1b[Kmodalities swapped: ${pairing + 1} of ${count}`);
    },
  });
  if (isLive) terminal.error.write('\r\x1b[K');
  await writeJson(run.folder, 'emap', found);
  const { columns } = run.strategy.metrics;
  const table = textTable({
    columns: [{ title: 'on test', align: 'left' }, ...columns.map(columnOf)],
    rows: [
      ['the run', ...columns.map((each) => show(found.model, each))],
      ['its additive part', ...columns.map((each) => show(found.projection, each))],
    ],
  });
  terminal.out.write(`\n${table}\n${emapSentences(found, column).join('\n')}\n`);
  terminal.out.write(`Written to ${showPath(pathOf(run.folder, 'emap'))}.\n`);
}

/**
 * The selected column on validation, and all columns on test, or as many as fit; last what knows nothing at all.
 *
 * @param width of the terminal, in letters
 */
function matrixTable(
  { modalities, cells, policy }: WholeMatrix,
  run: RunPlan,
  { constant }: RunResult,
  width = Number.POSITIVE_INFINITY,
): string {
  const { strategy, identity } = run;
  const { columns } = strategy.metrics;
  const selected = rankingColumn(columns, identity.evaluation.select);
  const title = ({ name }: MetricColumn): string => `test ${name}`;
  const table: Table = {
    columns: [
      { title: 'given', align: 'left' },
      { title: 'others dropped', align: 'right' },
      { title: `valid ${selected.name}`, align: 'right' },
      ...columns.map((column) => ({ ...columnOf(column), title: title(column) })),
    ],
    rows: [
      ...cells.map(({ kept, rate, valid, test }) => [
        kept.join(' + '),
        kept.length === modalities.length ? '' : `${100 * rate} %`,
        show(valid.figures, selected),
        ...columns.map((column) => show(test.figures, column)),
      ]),
      [constant.name, '', show(constant.valid, selected), ...columns.map((column) => show(constant.test, column))],
    ],
  };
  const dispensable = columns.filter((column) => column !== selected).map(title);
  const empty = cells.reduce((most, { test }) => Math.max(most, test.withoutAny), 0);
  return [
    textTable(fitTable(table, width, dispensable)),
    `What is missing ${policies[policy]} (${strategy.plugin.id} declares missing: ${policy}).`,
    ...(empty === 0
      ? []
      : [`Up to ${empty} test samples lack what is given: nothing is left of them, and they count.`]),
  ].join('\n');
}

const policies = {
  mask: 'is left out under a mask',
  zeros: 'is zeros',
  'absent-token': 'is stood in for by a learned token',
} as const;
