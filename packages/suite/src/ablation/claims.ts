/** What an ablation shows, in words, and whether the seeds suffice to say it. */
import { weigh, whatItCanShow } from '../comparison/claims.js';
import type { Comparison, RankedStrategy } from '../comparison/comparison.js';
import { planClaims } from '../comparison/plan-claims.js';
import type { Point } from './points.js';

/**
 * One sentence for the point that does best, against what it is an ablation of; one for each of the others that can be told
 * apart; and which cannot.
 *
 * @param strategies of the comparison, in the order of the points
 */
export function ablationClaims(
  points: readonly Point[],
  comparison: Comparison,
  strategies: readonly RankedStrategy[],
): string[] {
  const compared = [...points.entries()].flatMap(([index, { label, against }]) =>
    against === undefined
      ? []
      : [
          {
            label,
            sentence: `${label} against ${points[against]?.label}: ${weigh(
              comparison,
              strategies[index] as RankedStrategy,
              strategies[against] as RankedStrategy,
            )}`,
          },
        ],
  );
  return [
    bestOf(points, strategies),
    ...compared.map(({ sentence }) => sentence),
    ...whatItCanShow(comparison),
    ...planClaims(comparison.plan),
  ];
}

function bestOf(points: readonly Point[], strategies: readonly RankedStrategy[]): string {
  const ranks = strategies.map(({ rank }) => rank);
  const best = ranks.indexOf(Math.min(...ranks));
  return `Best mean: ${points[best]?.label}.`;
}
