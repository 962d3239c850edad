/** The figures of a run on the samples that carry a tag: what a mean over all samples hides. */
import type { MetricFamily, Sample } from '@interfuse/core';
import type { Figures } from './result.js';

export interface TagFigures {
  readonly samples: number;
  readonly figures: Figures;
}

/**
 * By tag, in the order in which tags are met; samples without a label are left out.
 *
 * @param values [samples x outputs]
 */
export function figuresByTag(
  metrics: MetricFamily,
  samples: readonly Sample[],
  values: Float32Array,
): { readonly [tag: string]: TagFigures } {
  const outputs = values.length / samples.length;
  const rows = new Map<string, number[]>();
  samples.forEach(({ tags = [], labels }, row) => {
    if (labels.task === undefined) return;
    for (const tag of tags) rows.set(tag, [...(rows.get(tag) ?? []), row]);
  });
  const figures = [...rows].map(([tag, tagged]) => {
    const predicted = tagged.flatMap((row) => [...values.subarray(row * outputs, (row + 1) * outputs)]);
    const labels = tagged.map((row) => samples[row]?.labels.task as number);
    const computed = metrics.compute(Float32Array.from(predicted), Float32Array.from(labels));
    return [tag, { samples: tagged.length, figures: computed }] as const;
  });
  return Object.fromEntries(figures);
}
