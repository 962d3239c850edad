/** The label of a generated dataset: a weighted sum of independent bits, as a score or as a class. */
import type { Task } from '@interfuse/core';
import type { Design } from './design.js';

/** Scores of a regression lie between minus this and this. */
export const scoreLimit = 3;

/** A bit of -1 or 1 that counts in the label. */
export interface Term {
  readonly weight: number;
  /** What shows it: any of these modalities, only all of them together (their parity), or none. */
  readonly shownBy: readonly string[];
  readonly together: boolean;
}

/** The terms whose weight is not 0; the last is the bit that nothing shows, which also decides ties of classes. */
export function termsOf({ modalities, redundancy, uniqueness, synergy, labelNoise }: Design): Term[] {
  const terms: Term[] = [
    { weight: redundancy, shownBy: modalities, together: false },
    ...modalities.map((modality) => ({
      weight: uniqueness[modality] as number,
      shownBy: [modality],
      together: false,
    })),
    { weight: synergy, shownBy: modalities, together: true },
  ];
  return [...terms.filter(({ weight }) => weight > 0), { weight: labelNoise, shownBy: [], together: false }];
}

/** What is to be predicted. */
export function taskOf({ task, classes }: Design): Task {
  if (task === 'regression') return { kind: 'regression', range: [-scoreLimit, scoreLimit] };
  return { kind: 'classification', classes: classNames(classes) };
}

function classNames(count: number): string[] {
  if (count === 2) return ['negative', 'positive'];
  return Array.from({ length: count }, (_, index) => `class ${index + 1}`);
}

/** Less than any difference of scores, more than the error of a sum. */
const tie = 1e-9;

/**
 * A function from the bits of the terms to the label: their weighted sum over the sum of all weights, which is stretched
 * to the range of the score, or cut into classes of equal width. Where the sum lies on an edge, the last bit decides.
 */
export function labelling({ task, classes }: Design, terms: readonly Term[]): (bits: ArrayLike<number>) => number {
  const total = terms.reduce((sum, { weight }) => sum + weight, 0);
  return function labelOf(bits) {
    const sum = terms.reduce((sofar, { weight }, index) => sofar + weight * (bits[index] as number), 0) / total;
    // The same for minus as for plus, and adding 0 turns -0 into 0.
    if (task === 'regression') return (Math.sign(sum) * Math.round(scoreLimit * Math.abs(sum) * 1e4)) / 1e4 + 0;
    const height = ((sum + tie * (bits[terms.length - 1] as number) + 1) / 2) * classes;
    return Math.min(classes - 1, Math.max(0, Math.floor(height)));
  };
}
