/** What the report of a comparison says about the inside of its strategies, against numbers worked out by hand. */
import type { MetricColumn } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import type { Comparison, RankedStrategy } from '../comparison/comparison.js';
import { insideSections } from '../comparison/inside-section.js';
import { type Inside, insideOf } from './inside.js';
import type { Introspection } from './introspection.js';

const column: MetricColumn = { name: 'MAE', better: 'lower', describe: 'Mean absolute error.' };

function introspection(seed: number, gate: number, without: number, firstStep: number): Introspection {
  return {
    format: 1,
    run: `deepmlf-s${seed}`,
    strategy: 'deepmlf',
    task: 'regression',
    weights: '00',
    split: 'valid',
    samples: 4,
    epoch: 1,
    gates: [{ name: 'gates/2', values: [gate, 0.5] }],
    attention: [
      {
        name: 'streamAttention/2',
        axes: ['token', 'step'],
        mean: [
          [firstStep, 0.3, 1 - firstStep - 0.3],
          [firstStep, 0.3, 1 - firstStep - 0.3],
        ],
        // The third step is in one sample of four.
        samples: [4, 4, 1],
        spread: { effective: 2 + seed, available: 3, share: 1 },
      },
    ],
    singles: [],
    whole: { MAE: 1 },
    occlusion: [{ modality: 'audio', samples: 4, figures: { MAE: without }, change: 0.25 }],
  };
}

const inside = insideOf([introspection(1, 0.4, 1.2, 0.2), introspection(2, 0.6, 1.4, 0.5)], column) as Inside;

describe('what goes on inside', () => {
  it('is the mean over seeds of gates, of attention and of what a modality contributes', () => {
    expect(inside.gates).toEqual([{ name: 'gates/2', values: [0.5, 0.5] }]);
    expect(inside.attention[0]?.spread).toEqual({ effective: 3.5, available: 3, share: 1 });
    // Worse by 0.2 and 0.4: mean 0.3, deviation 0.1414.
    expect(inside.occlusion[0]?.worse.mean).toBeCloseTo(0.3, 10);
    expect(inside.occlusion[0]?.worse.deviation).toBeCloseTo(0.1414, 4);
  });

  it('names the columns that are read most, of those that half of the samples have', () => {
    expect(inside.attention[0]?.mostRead.map((each) => [each.column, each.mean.toFixed(3)])).toEqual(
      [
        ['1', '0.350'],
        ['2', '0.300'],
      ].map(([position, value]) => [Number(position), value]),
    );
  });

  it('is nothing where a strategy shows nothing', () => {
    const closed = { ...introspection(1, 0.4, 1.2, 0.2), gates: [], attention: [] };
    expect(insideOf([closed], column)).toBeUndefined();
    expect(insideOf([], column)).toBeUndefined();
  });

  it('is a section of the report, with links to the pages', () => {
    const strategies = [{ label: 'deepmlf', inside }, { label: 'late' }] as unknown as RankedStrategy[];
    const lines = insideSections({ strategies, columns: [column] } as unknown as Comparison);
    expect(lines[0]).toBe('## Inside deepmlf');
    expect(lines.filter((line) => line.startsWith('## '))).toHaveLength(1);
    const text = lines.join('\n');
    expect(text).toContain('[deepmlf-s2](deepmlf-s2/introspection.html)');
    expect(text).toContain('| gates/2 | 0.500 0.500 |');
    expect(text).toContain('| streamAttention/2, token by step | 1.000 | 3.5 | 3.0 | 1 (0.350), 2 (0.300) |');
    expect(text).toContain('| audio | 0.3000 ± 0.1414 | 0.2500 ± 0.0000 |');
  });
});
