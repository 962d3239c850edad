/** What a report says about missing modalities, against made-up matrices. */
import { expect, it } from 'vitest';
import { madeUpReport } from '../report/report.test-support.js';
import type { MissingMatrix } from '../run/missing-matrix.js';
import type { RunResult } from '../run/result.js';
import { fixedPatternsOf, missingSections } from './fixed-patterns.js';
import { jsonReport, markdownReport } from './report.js';

const { comparison, strategies } = madeUpReport({ strategies: ['best', 'second', 'alone'], seeds: 2, samples: 20 });
const runs = strategies[0]?.runs ?? [];
const results = runs.map(({ result }) => result) as RunResult[];
const [first, second] = runs.flatMap(({ missing }) => missing ?? []) as [MissingMatrix, MissingMatrix];

/** What a comparison asks by itself. */
const fixedAlone = (matrix: MissingMatrix): MissingMatrix => ({
  ...matrix,
  rates: [1],
  cells: matrix.cells.filter(({ rate }) => rate === 0 || rate === 1).map(({ valid: _, ...cell }) => cell),
});

it('is the first seed that was asked, and the same of the whole matrix and of the fixed patterns alone', () => {
  const found = fixedPatternsOf(results, [second, first]);
  expect(found?.seed).toBe(1);
  expect(found?.patterns.map(({ kept }) => kept.join(' + '))).toEqual([
    'text + audio + vision',
    'text + audio',
    'text + vision',
    'audio + vision',
    'text',
    'audio',
    'vision',
  ]);
  expect(fixedPatternsOf(results, [fixedAlone(first)])).toEqual(found);
  expect(fixedPatternsOf(results, [second])?.seed).toBe(2);
  expect(fixedPatternsOf(results, [])).toBeUndefined();
});

it('is a table in Markdown that names the seed, and those that were not asked', () => {
  const text = missingSections(comparison).join('\n');
  const whole = results[0]?.test.MAE as number;
  // Made up: worse by a third for each modality that is missing.
  const cells = [0, 1, 1, 1, 2, 2, 2].map((lacking) => (whole + lacking / 3).toFixed(4));
  expect(text).toContain(`| best | 1 | ${cells.join(' | ')} |`);
  expect(text).toContain('| training median |  | 2.0000 |');
  expect(text).toContain('Not asked: second, alone.');
  expect(markdownReport(comparison)).toContain(text);
});

it('leaves the report for programs as it is', () => {
  const without = comparison.strategies.map(({ missing: _, ...strategy }) => strategy);
  expect(jsonReport(comparison)).toBe(jsonReport({ ...comparison, strategies: without }));
});

it('says nothing of a strategy that reads a single modality, and nothing at all if nobody was asked', () => {
  const reading = comparison.strategies.map((strategy) =>
    strategy.label === 'alone' ? { ...strategy, modality: 'text' } : strategy,
  );
  expect(missingSections({ ...comparison, strategies: reading }).join('\n')).toContain('Not asked: second.');
  const unasked = comparison.strategies.map(({ missing: _, ...strategy }) => strategy);
  expect(missingSections({ ...comparison, strategies: unasked })).toEqual([]);
});
