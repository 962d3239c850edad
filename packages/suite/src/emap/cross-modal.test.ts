/** What a report says about interactions of modalities, for made-up projections. */
import type { MetricColumn } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import type { RankedStrategy } from '../comparison/comparison.js';
import { jsonReport, markdownReport } from '../comparison/report.js';
import { madeUpReport } from '../report/report.test-support.js';
import type { RunResult } from '../run/result.js';
import { crossModalClaims, crossModalSections, emapSentences, firstEmap, type SeededEmap } from './cross-modal.js';

const { comparison, strategies } = madeUpReport({ strategies: ['best', 'second', 'alone'], seeds: 2, samples: 20 });
const runs = strategies[0]?.runs ?? [];
const results = runs.map(({ result }) => result) as RunResult[];
const emaps = runs.flatMap(({ emap }) => emap ?? []);
const made = firstEmap(results, emaps) as SeededEmap;
const column = comparison.columns[0] as MetricColumn;

/** The same comparison, in which the difference of the best strategy has this interval. */
function withInterval(interval: readonly [number, number], columns = comparison.columns) {
  const emap = { ...made, difference: { ...made.difference, interval } };
  const changed = comparison.strategies.map((strategy): RankedStrategy => {
    const { emap: _, ...rest } = strategy;
    return strategy.label === 'best' ? { ...strategy, emap } : rest;
  });
  return { ...comparison, columns, strategies: changed };
}

describe('the section', () => {
  it('is of the first seed that was asked, and a table with how much is lost without interactions', () => {
    expect(firstEmap(results, [...emaps].reverse())?.seed).toBe(1);
    expect(firstEmap(results, emaps.slice(1))?.seed).toBe(2);
    expect(firstEmap(results, [])).toBeUndefined();
    const text = crossModalSections(comparison).join('\n');
    const [own, additive] = [made.model, made.projection].map(({ MAE }) => (MAE as number).toFixed(4));
    expect(text).toContain(`| best | 1 | ${own} | ${additive} | +0.0200 | +0.0100 to +0.0300 | 87.5 % |`);
    expect(text).toContain('Not asked: second, alone.');
    expect(markdownReport(comparison)).toContain(text);
  });

  it('says gain, none or loss by where the interval lies, whichever way the metric goes', () => {
    expect(crossModalClaims(withInterval([0.01, 0.03]))[0]).toBe('Interactions of modalities gain something: best.');
    expect(crossModalClaims(withInterval([-0.01, 0.03]))[0]).toContain('No gain by interactions');
    expect(crossModalClaims(withInterval([-0.03, -0.01]))[0]).toContain('cost something');
    const higher: MetricColumn = { ...column, better: 'higher' };
    expect(crossModalClaims(withInterval([0.01, 0.03], [higher]))[0]).toContain('cost something');
    expect(
      emapSentences({ ...made, difference: { ...made.difference, value: -0.02, interval: [-0.03, -0.01] } }, higher),
    ).toEqual([
      expect.stringContaining(
        'worse by +0.0200 MAE (95 % interval +0.0100 to +0.0300 over 20 groups of samples): interactions of modalities gain something.',
      ),
      expect.stringContaining('87.5 % are additive. Every sample was evaluated with modalities of 8 others.'),
    ]);
  });

  it('shows what is not defined as such', () => {
    const text = crossModalSections(withInterval([null, null] as never)).join('\n');
    expect(text).toContain('| +0.0200 | n/a | 87.5 % |');
    expect(text).toContain('No gain by interactions');
  });

  it('is no part of the report for programs, and not there if nobody was asked', () => {
    const unasked = comparison.strategies.map(({ emap: _, ...strategy }) => strategy);
    expect(jsonReport({ ...comparison, strategies: unasked })).toBe(jsonReport(comparison));
    expect(crossModalSections({ ...comparison, strategies: unasked })).toEqual([]);
  });
});
