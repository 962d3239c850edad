/** The card of a generated dataset: how it was made, and what the best possible reader of each subset reaches. */
import type { Design } from './design.js';
import { flipProbability } from './evidence.js';
import { scoreLimit, taskOf } from './label.js';
import { type Estimate, pointsPerShift, shifts } from './lattice.js';
import type { Optimum } from './optimum.js';
import { nameOf } from './reference.js';

export interface CardFacts {
  readonly design: Design;
  readonly seed: number;
  readonly sizes: { readonly train: number; readonly valid: number; readonly test: number };
  readonly optima: readonly Optimum[];
}

/** The text of `card.md`. */
export function cardOf({ design, seed, sizes, optima }: CardFacts): string {
  const { modalities, streams, redundancy, uniqueness, synergy, noise, labelNoise, width, steps } = design;
  const total = redundancy + Object.values(uniqueness).reduce((sum, weight) => sum + weight, 0) + synergy + labelNoise;
  const share = (weight: number) => `${weight} (${((100 * weight) / total).toFixed(1)} %)`;
  return `# A generated dataset with a known answer

**All of it is generated: nobody speaks in it and nobody is seen.** It tells how close a fusion strategy comes to the best that
is possible, when what each modality knows is known. A figure on it is no figure on any other data.

${sizes.train} samples to train, ${sizes.valid} to validate, ${sizes.test} to test, each drawn independently with seed ${seed}.

## The label

Independent fair bits of -1 or 1, each with its weight:

| bit | weight (share) | shown by |
| --- | --- | --- |
| shared: redundancy | ${share(redundancy)} | every modality |
${modalities.map((name) => `| own_${name}: uniqueness | ${share(uniqueness[name] as number)} | ${name} alone |`).join('\n')}
| parity: synergy | ${share(synergy)} | the product of part_${modalities.join(', part_')}: each modality shows one of them, and all are needed |
| hidden: noise of the label | ${share(labelNoise)} | nothing |

${labelLine(design)} The bits are stored with each sample as further labels, for analysis; a model that is given them is told the answer.

The words are those of partial information decomposition (Liang et al. 2023, "Quantifying & Modeling Multimodal Interactions: An
Information Decomposition Framework", arXiv 2302.12247). The weights are shares of the score, not bits of information; those are below.

## The modalities

Each shows three bits: the shared one, its own, and its part of the parity, also where they weigh nothing.

${streams.map((name) => `- \`${name}\`: ${width} features, ${steps.join(' to ')} steps`).join('\n')}

A stream has a level for each bit, spread over all features by orthonormal loadings, and white noise at each step that grows with
the square root of the number of steps: its average over the steps, along a loading, is the bit plus a normal error of deviation ${noise}.
${modalities.includes('text') ? `\nThe text says each bit with one of two words, among words that mean nothing, and says it wrongly with probability ${flipProbability(noise).toFixed(4)}:\nthat with which one would read the sign of a bit wrongly from a stream.\n` : ''}
## What can be reached

By the best reader of some modalities and no others, who knows how the data were made:

${optimumTable(design, optima)}

${method(noise)} They hold for the construction: on a test split of ${sizes.test} samples even the best reader is above or below by chance.
Streams are stored in half precision, which is less than a thousandth of the noise.
`;
}

function labelLine(design: Design): string {
  const task = taskOf(design);
  if (task.kind === 'regression') {
    return `The score is their weighted sum over the sum of the weights, times ${scoreLimit}: from -${scoreLimit} to ${scoreLimit}.`;
  }
  return `The weighted sum over the sum of the weights, from -1 to 1, is cut into ${task.classes.length} classes of equal width (${task.classes.join(', ')}); on an edge, the hidden bit decides.`;
}

function method(noise: number): string {
  if (noise === 0) return 'Computed exactly, by going through all cases.';
  return `Computed by Bayes' rule and quadrature over what the modalities show (${shifts} shifted Kronecker sequences of ${pointsPerShift} points; after ± its standard error).`;
}

function optimumTable({ modalities, task }: Design, optima: readonly Optimum[]): string {
  const show = (estimate: Estimate | undefined) => {
    if (estimate === undefined) return 'not defined';
    const { value, error } = estimate;
    return error < 5e-7 ? value.toFixed(4) : `${value.toFixed(4)} ± ${error.toFixed(5)}`;
  };
  const columns: readonly [string, (optimum: Optimum) => Estimate | undefined][] =
    task === 'regression'
      ? [
          ['MAE', ({ meanAbsoluteError }) => meanAbsoluteError],
          ['Corr, CCC', ({ correlation }) => correlation],
        ]
      : [['Accuracy', ({ accuracy }) => accuracy]];
  const all = [...columns, ['information, bits', ({ information }: Optimum) => information] as const];
  return [
    `| knows | ${all.map(([title]) => title).join(' | ')} |`,
    `| --- |${' --- |'.repeat(all.length)}`,
    ...optima.map(
      (optimum) => `| ${nameOf(optimum, modalities)} | ${all.map(([, of]) => show(of(optimum))).join(' | ')} |`,
    ),
  ].join('\n');
}
