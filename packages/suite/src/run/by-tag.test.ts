/** Figures by tag: which samples count for which. */
import type { MetricFamily, Sample } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { figuresByTag } from './by-tag.js';

const metrics: MetricFamily = {
  columns: [{ name: 'MAE', better: 'lower', describe: 'Mean absolute error.' }],
  compute: (predictions, labels) => ({
    MAE: predictions.reduce((sum, value, i) => sum + Math.abs(value - (labels[i] as number)), 0) / labels.length,
  }),
};

describe('figures by tag', () => {
  it('are those of the samples that carry it; a sample may carry several or none', () => {
    const samples: Sample[] = [
      { id: 'a', labels: { task: 1 }, tags: ['solo', 'ironic'] },
      { id: 'b', labels: { task: 2 }, tags: ['pair'] },
      { id: 'c', labels: { task: 3 }, tags: ['solo'] },
      { id: 'd', labels: { task: 4 } },
    ];
    expect(figuresByTag(metrics, samples, Float32Array.of(0, 0, 0, 0))).toEqual({
      solo: { samples: 2, figures: { MAE: 2 } },
      ironic: { samples: 1, figures: { MAE: 1 } },
      pair: { samples: 1, figures: { MAE: 2 } },
    });
  });

  it('are none where no sample has a tag', () => {
    expect(figuresByTag(metrics, [{ id: 'a', labels: { task: 1 } }], Float32Array.of(0))).toEqual({});
  });
});
