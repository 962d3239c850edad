/** The optima of a design as the reference figures that a dataset carries and a comparison prints. */
import type { ReferenceFigure } from '@interfuse/core';
import type { Design } from './design.js';
import type { Estimate } from './lattice.js';
import type { Optimum } from './optimum.js';

/** What is not a metric but told like one. */
export const informationColumn = 'information (bits)';

/** By subset, from nothing to everything; for each metric whose optimum is known. */
export function referenceFiguresOf({ modalities }: Design, optima: readonly Optimum[]): ReferenceFigure[] {
  return optima.flatMap((optimum) => {
    const name = nameOf(optimum, modalities);
    const knows = meaningOf(optimum, modalities);
    const figure = (metric: string, estimate: Estimate | undefined, meaning: string): ReferenceFigure[] =>
      estimate === undefined ? [] : [{ name, metric, value: Math.round(estimate.value * 1e4) / 1e4, meaning }];
    const { meanAbsoluteError, correlation, accuracy, information } = optimum;
    return [
      ...figure('MAE', meanAbsoluteError, `${knows}: the median of the label given that`),
      ...figure('Corr', correlation, `${knows}: the mean of the label given that`),
      ...figure(
        'CCC',
        correlation,
        `${knows}: the mean of the label given that, stretched to the deviation of the labels`,
      ),
      ...figure('Accuracy', accuracy, `${knows}: the most probable class given that`),
      ...figure(informationColumn, information, `${knows}: what that tells of the label`),
    ];
  });
}

/** `constant`, `audio`, `audio + vision`, and `everything` for all modalities. */
export function nameOf({ modalities }: Pick<Optimum, 'modalities'>, all: readonly string[]): string {
  if (modalities.length === 0) return 'constant';
  return modalities.length === all.length ? 'everything' : modalities.join(' + ');
}

function meaningOf({ modalities }: Optimum, all: readonly string[]): string {
  if (modalities.length === 0) return 'nothing but how the data were made';
  if (modalities.length === all.length && all.length > 1) return 'all modalities';
  return `${modalities.join(' and ')} ${modalities.length > 1 ? 'and nothing else' : 'alone'}`;
}
