/** A real A/A test: one strategy with forty seeds is told from itself by no comparison. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readTable } from '@interfuse/datasets/recordings';
import { countFalseClaims, numberGroups, type StrategyErrors, standardDeviation } from '@interfuse/statistics';
import { beforeAll, describe, expect, it } from 'vitest';

const file = fileURLToPath(new URL('../../test/same-strategy/late.csv', import.meta.url));
let strategy: StrategyErrors;
let groups: number[];

beforeAll(async () => {
  const rows = readTable(file, await readFile(file, 'utf8'));
  groups = numberGroups(rows.map(({ cells }) => cells.group as string));
  const errors = Array.from({ length: 40 }, (_, index) =>
    rows.map(({ cells }) => Math.abs(Number(cells[`seed ${index + 1}`]) - Number(cells.label))),
  );
  strategy = { name: 'late', errors };
});

describe('forty seeds of late fusion', () => {
  it('differ by more than many a gain that is claimed', () => {
    const perSeed = strategy.errors.map((errors) => errors.reduce((sum, error) => sum + error, 0) / errors.length);
    expect(standardDeviation(perSeed)).toBeGreaterThan(0.01);
    expect(Math.max(...perSeed) - Math.min(...perSeed)).toBeGreaterThan(0.05);
  });

  it.each([
    [3, 13],
    [5, 8],
    [10, 4],
    [20, 2],
  ])('dealt by %i into %i strategies: no difference is declared', (seeds, strategies) => {
    const { inOrder, deals, claims, ...dealt } = countFalseClaims({ strategy, groups }, { strategies, deals: 300 });
    expect(dealt).toEqual({ strategies, seeds });
    expect(inOrder.filter(({ verdict }) => verdict !== 'undecided')).toEqual([]);
    // Of the random deals, those in which any pair is declared different.
    expect(claims / deals).toBeLessThanOrEqual(0.06);
  });

  it('are told apart once some of them are really worse', () => {
    const worse = strategy.errors.map((errors, seed) => (seed < 5 ? errors.map((error) => error + 0.2) : errors));
    const { inOrder } = countFalseClaims(
      { strategy: { name: 'late', errors: worse }, groups },
      { strategies: 8, deals: 1 },
    );
    expect(inOrder.map(({ verdict }) => verdict === 'different')).toEqual(inOrder.map(({ one }) => one === 'late 1'));
  });
});
