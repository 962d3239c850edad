/**
 * What the best possible reader of some modalities reaches: the one that knows how the data were made and takes Bayes'
 * rule seriously. Without noise all cases are enumerated; else by quadrature over what the modalities show. No data is
 * looked at: the figures hold for the construction, whatever the sample.
 */
import type { Design } from './design.js';
import { expected, flipProbability, oddsFromStream, oddsFromText } from './evidence.js';
import { labelling, type Term, termsOf } from './label.js';
import { type Estimate, integrate } from './lattice.js';
import { normalQuantile } from './normal.js';

export interface Optimum {
  readonly modalities: readonly string[];
  /** Regression: lowest mean absolute error, that of the median of the label given what is seen. */
  readonly meanAbsoluteError?: Estimate;
  /** Regression: highest correlation, that of the mean of the label given what is seen. */
  readonly correlation?: Estimate;
  /** Classification: highest accuracy, that of the most probable class. */
  readonly accuracy?: Estimate;
  /** Mutual information of the label and what is seen, in bits. */
  readonly information: Estimate;
}

/** Every subset of these names: nothing first, the single ones, ..., everything. */
export function subsetsOf(names: readonly string[]): string[][] {
  const all = Array.from({ length: 2 ** names.length }, (_, mask) => names.filter((_, bit) => (mask >> bit) & 1));
  return all.sort((one, other) => one.length - other.length);
}

/** The best of readers who see these modalities and no others. */
export function optimumOf(design: Design, modalities: readonly string[]): Optimum {
  const terms = termsOf(design);
  const posterior = posteriorOf(design, terms);
  const isRegression = design.task === 'regression';
  const views = terms.map((term) => viewOf(term, modalities));
  const expectations = new Float64Array(terms.length);

  function judge(into: Float64Array): void {
    const distribution = posterior.given(expectations);
    into[0] = isRegression ? absoluteDeviation(distribution, posterior.labels) : Math.max(...distribution);
    into[1] = mean(distribution, posterior.labels) ** 2;
    into[2] = entropy(distribution);
  }

  const [decision, square, remaining] = (
    design.noise === 0
      ? enumerate(views, expectations, 3, judge)
      : integrate(views.reduce((sum, view) => sum + dimensionsOf(view), 0) || 1, 3, (point, into) => {
          let next = 0;
          views.forEach((view, index) => {
            expectations[index] = lookAt(view, design.noise, point, next);
            next += dimensionsOf(view);
          });
          judge(into);
        })
  ) as [Estimate, Estimate, Estimate];
  const before = posterior.given(new Float64Array(terms.length));
  const information = {
    value: Math.max(0, entropy(before) - remaining.value),
    error: remaining.error,
  };
  if (!isRegression) return { modalities, accuracy: decision, information };
  // The label is as likely to be y as -y, so that its mean is 0 and the square of the mean given what is seen is a variance.
  const variance = before.reduce((sum, p, i) => sum + p * (posterior.labels[i] as number) ** 2, 0);
  const value = Math.sqrt(square.value / variance);
  const correlation = { value, error: value === 0 ? 0 : square.error / (2 * value * variance) };
  return {
    modalities,
    meanAbsoluteError: decision,
    ...(value === 0 ? {} : { correlation }),
    information,
  };
}

/** Of one bit, or of each bit of a parity: how many streams show it, and whether the text does. */
interface Sight {
  readonly streams: number;
  readonly text: boolean;
}

/** What is seen of a term: several sights are of the parts of a parity; none means nothing. */
type View = readonly Sight[];

function viewOf({ shownBy, together }: Term, modalities: readonly string[]): View {
  const seen = shownBy.filter((name) => modalities.includes(name));
  if (together) {
    // Without one part, a parity is a fair coin.
    if (seen.length < shownBy.length) return [];
    return seen.map((name) => ({ streams: name === 'text' ? 0 : 1, text: name === 'text' }));
  }
  if (seen.length === 0) return [];
  return [{ streams: seen.filter((name) => name !== 'text').length, text: seen.includes('text') }];
}

/** Each sight takes one coordinate for the bit and what shows it, and another where a text stands beside streams. */
function dimensionsOf(view: View): number {
  return view.reduce((sum, { streams, text }) => sum + Number(streams > 0) + Number(text), 0);
}

/** E[bit] given what a reader sees at this point of the unit cube. */
function lookAt(view: View, noise: number, point: Float64Array, first: number): number {
  let product = view.length === 0 ? 0 : 1;
  let next = first;
  for (const { streams, text } of view) {
    const place = point[next] as number;
    const bit = place < 0.5 ? -1 : 1;
    let odds = 0;
    if (streams > 0) {
      // Down again in the second half: what is seen has no jump, and quadrature converges faster.
      const within = Math.min(1 - 1e-12, Math.max(1e-12, bit < 0 ? 2 * place : 2 - 2 * place));
      // The mean of several streams is a stream of less noise.
      const deviation = noise / Math.sqrt(streams);
      odds += oddsFromStream(bit + deviation * normalQuantile(within), deviation);
      next += 1;
    }
    if (text) {
      // Alone, a text says -1 or 1 equally often; beside streams it agrees with the bit, or not.
      const isWrong = streams > 0 && (point[next] as number) < flipProbability(noise);
      odds += oddsFromText(isWrong ? -bit : bit, noise);
      next += 1;
    }
    product *= expected(odds);
  }
  return product;
}

/** All values of the bits that are seen, which is seeing them exactly. */
function enumerate(
  views: readonly View[],
  expectations: Float64Array,
  functions: number,
  judge: (into: Float64Array) => void,
): Estimate[] {
  const seen = views.flatMap((view, index) => (view.length === 0 ? [] : [index]));
  const cases = 2 ** seen.length;
  const values = new Float64Array(functions);
  const sums = new Float64Array(functions);
  for (let mask = 0; mask < cases; mask += 1) {
    seen.forEach((index, bit) => {
      expectations[index] = (mask >> bit) & 1 ? 1 : -1;
    });
    judge(values);
    for (let k = 0; k < functions; k += 1) sums[k] = (sums[k] as number) + (values[k] as number);
  }
  return Array.from(sums, (sum) => ({ value: sum / cases, error: 0 }));
}

/** The distribution of the label, over its values in ascending order, given the expectations of independent bits. */
export function posteriorOf(design: Design, terms: readonly Term[]) {
  const labelOf = labelling(design, terms);
  const count = 2 ** terms.length;
  const ofCase = Array.from({ length: count }, (_, mask) =>
    labelOf(terms.map((_, bit) => ((mask >> bit) & 1 ? 1 : -1))),
  );
  const labels = [...new Set(ofCase)].sort((one, other) => one - other);
  const position = ofCase.map((label) => labels.indexOf(label));
  const probabilities = new Float64Array(count);
  const distribution = new Float64Array(labels.length);

  /** The same array at every call. */
  function given(expectations: ArrayLike<number>): Float64Array {
    probabilities[0] = 1;
    for (let bit = 0; bit < terms.length; bit += 1) {
      const high = (1 + (expectations[bit] as number)) / 2;
      for (let mask = 0; mask < 1 << bit; mask += 1) {
        const before = probabilities[mask] as number;
        probabilities[mask + (1 << bit)] = before * high;
        probabilities[mask] = before * (1 - high);
      }
    }
    distribution.fill(0);
    for (let mask = 0; mask < count; mask += 1) {
      const at = position[mask] as number;
      distribution[at] = (distribution[at] as number) + (probabilities[mask] as number);
    }
    return distribution;
  }

  return { labels, given };
}

/** Index of the median: the first value up to which half of the distribution lies. */
export function medianOf(distribution: Float64Array): number {
  let below = 0;
  for (let i = 0; i < distribution.length - 1; i += 1) {
    below += distribution[i] as number;
    if (below >= 0.5) return i;
  }
  return distribution.length - 1;
}

function absoluteDeviation(distribution: Float64Array, labels: readonly number[]): number {
  const centre = labels[medianOf(distribution)] as number;
  return distribution.reduce((sum, p, i) => sum + p * Math.abs((labels[i] as number) - centre), 0);
}

function mean(distribution: Float64Array, labels: readonly number[]): number {
  return distribution.reduce((sum, p, i) => sum + p * (labels[i] as number), 0);
}

function entropy(distribution: Float64Array): number {
  return -distribution.reduce((sum, p) => (p > 0 ? sum + p * Math.log2(p) : sum), 0);
}
