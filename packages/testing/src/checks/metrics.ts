/** Checks of metrics: their columns, their direction, and what they make of the order of samples and of awkward ones. */
import type { MetricFamily, MetricPlugin, Task } from '@interfuse/core';
import { drawKey, uniformAt } from '@interfuse/nn';
import { type Claim, nonconformity, type Tried } from '../claim.js';
import { tinyClassification, tinyRegression } from '../mocks/tiny-host.js';
import { fillOptions } from '../with-engine.js';

export interface MetricSubject extends Tried {
  readonly plugin: MetricPlugin;
  /** Of the labels of a regression. */
  readonly range: readonly [number, number];
}

/** Predictions and labels as a metric gets them. */
interface Samples {
  readonly predictions: Float32Array;
  readonly labels: Float32Array;
}

type Figures = { readonly [column: string]: number };

const count = 60;
const seeds = [1, 2, 3, 4, 5];
/** Figures may be summed in another order; more than that is a finding. */
const tolerance = 1e-6;

export const metricClaims: readonly Claim<MetricSubject>[] = [
  {
    name: 'it computes the columns that it declares, each with a direction and a description',
    run: (subject) =>
      forEachTask(subject, (family, task) => {
        const names = family.columns.map(({ name }) => name);
        const computed = Object.keys(family.compute(...given(draw(task, 1, 0.5))));
        const undescribed = family.columns.find(
          ({ better, describe }) => !['lower', 'higher'].includes(better) || describe.trim() === '',
        );
        const same = names.length > 0 && new Set(names).size === names.length && `${computed}` === `${names}`;
        if (same && undescribed === undefined) return;
        throw nonconformity(subject, {
          expected: 'columns of different names, described, and a figure for each of them in the same order',
          got: undescribed
            ? `no description or no direction of ${undescribed.name}`
            : `the columns ${names.join(', ')} and the figures ${computed.join(', ')}`,
          usualCause: 'a column that was added to `columns` and not to `compute`, or under another name.',
        });
      }),
  },
  {
    name: 'the nearer the predictions, the better every figure, and perfect ones are best',
    run: (subject) =>
      forEachTask(subject, (family, task) => {
        const means = [0, 0.35, 1].map((noise) =>
          meanFigures(seeds.map((seed) => compute(family, draw(task, seed, noise)))),
        );
        const [perfect = {}, near = {}, far = {}] = means;
        for (const { name, better } of family.columns) {
          const sign = better === 'higher' ? 1 : -1;
          const [best, middle, worst] = [perfect, near, far].map((figures) => sign * (figures[name] as number)) as [
            number,
            number,
            number,
          ];
          const known = [best, middle, worst].every(Number.isFinite);
          if (!known || (best >= middle && middle >= worst && best > worst)) continue;
          throw nonconformity(subject, {
            expected: `"${name}" to be ${better} for predictions that are nearer to the labels (${task.kind})`,
            got: `${sign * best} for perfect, ${sign * middle} for near and ${sign * worst} for random predictions`,
            usualCause: '`better` says the opposite, or predictions and labels change places in `compute`.',
          });
        }
      }),
  },
  {
    name: 'the order of the samples never matters',
    run: (subject) =>
      forEachTask(subject, (family, task) => {
        const samples = draw(task, 1, 0.5);
        const order = Array.from({ length: count }, (_, i) => (7 * i + 3) % count);
        const permuted = taken(samples, task, order);
        const changed = firstChange(compute(family, samples), compute(family, permuted));
        if (changed === undefined) return;
        throw nonconformity(subject, {
          expected: 'the same figures for the same samples in another order',
          got: `another ${changed}`,
          usualCause: 'a figure that compares neighbours, or predictions that are sorted apart from their labels.',
        });
      }),
  },
  {
    name: 'figures are finite, or not defined where their description says so',
    run: (subject) =>
      forEachTask(subject, (family, task) => {
        for (const [what, samples] of awkward(task)) {
          const figures = compute(family, samples);
          for (const { name, describe } of family.columns) {
            const figure = figures[name] as number;
            const excused = Number.isNaN(figure) && what !== undefined && /not defined/.test(describe);
            if (Number.isFinite(figure) || excused) continue;
            throw nonconformity(subject, {
              expected: `a finite "${name}" for ${what ?? 'ordinary samples'}, or NaN and a description that says where it is not defined`,
              got: String(figure),
              usualCause: 'a quotient whose divisor can be zero: a variance, a number of samples of one kind.',
            });
          }
        }
      }),
  },
  {
    name: 'it leaves predictions and labels as they are, and keeps nothing between calls',
    run: (subject) =>
      forEachTask(subject, (family, task) => {
        const samples = draw(task, 1, 0.5);
        const copy: Samples = { predictions: samples.predictions.slice(), labels: samples.labels.slice() };
        const first = compute(family, samples);
        const touched = (['predictions', 'labels'] as const).find((side) => `${samples[side]}` !== `${copy[side]}`);
        compute(family, draw(task, 2, 1));
        const changed = firstChange(first, compute(family, copy));
        if (touched === undefined && changed === undefined) return;
        throw nonconformity(subject, {
          expected: 'the same figures from the same samples at any time, which others read, too',
          got: touched ? `${touched} that \`compute\` has changed` : `another ${changed} after other samples`,
          usualCause: '`sort` or `reverse` on an argument, which work in place; or sums outside of `compute`.',
        });
      }),
  },
];

/** Tries the family for every task that the plugin takes. */
async function forEachTask(subject: MetricSubject, use: (family: MetricFamily, task: Task) => void): Promise<void> {
  const { plugin, options, range } = subject;
  const create = await plugin.load();
  const tasks = [{ ...tinyRegression, range }, tinyClassification].filter(({ kind }) => plugin.task.includes(kind));
  for (const task of tasks) use(create(fillOptions(plugin, options) as never, { task }), task);
}

const given = ({ predictions, labels }: Samples): [Float32Array, Float32Array] => [predictions, labels];

const compute = (family: MetricFamily, samples: Samples): Figures => family.compute(...given(samples));

/** Sixty samples of all kinds of labels; `noise` 0 predicts them perfectly, 1 does not look at them. */
function draw(task: Task, seed: number, noise: number): Samples {
  const uniform = (name: number, index: number): number => uniformAt(drawKey(seed, name, 0), index);
  const labels = Float32Array.from({ length: count }, (_, i) => labelAt(task, uniform(1, i), i));
  if (task.kind === 'classification') {
    const chosen = labels.map((label, i) =>
      uniform(2, i) < noise ? Math.floor(uniform(3, i) * task.classes.length) : label,
    );
    return { predictions: logitsOf(task.classes.length, chosen), labels };
  }
  const predictions = labels.map((label, i) => (1 - noise) * label + noise * labelAt(task, uniform(2, i), i + 1));
  return { predictions, labels };
}

/** Every tenth label of a regression is its middle, which some families treat apart. */
function labelAt(task: Task, uniform: number, index: number): number {
  if (task.kind === 'classification') return Math.floor(uniform * task.classes.length);
  const [low, high] = task.range;
  return index % 10 === 0 ? (low + high) / 2 : low + (high - low) * uniform;
}

/** One-hot rows. */
function logitsOf(classes: number, chosen: Float32Array): Float32Array {
  const logits = new Float32Array(chosen.length * classes);
  chosen.forEach((label, row) => {
    logits[row * classes + label] = 1;
  });
  return logits;
}

/** Samples that divisors become zero for, with what they are; the first are ordinary. */
function awkward(task: Task): readonly (readonly [string | undefined, Samples])[] {
  const { labels, predictions } = draw(task, 1, 0.5);
  const same = (value: number): Float32Array => new Float32Array(count).fill(value);
  const constants = task.kind === 'classification' ? task.classes.map((_, label) => label) : [...task.range, 0];
  const predict = (value: number): Float32Array =>
    task.kind === 'classification' ? logitsOf(task.classes.length, same(value)) : same(value);
  return [
    [undefined, { predictions, labels }],
    ...constants.map((value) => [`constant predictions of ${value}`, { predictions: predict(value), labels }] as const),
    ...constants.map((value) => [`labels that are all ${value}`, { predictions, labels: same(value) }] as const),
    ['a single sample', taken({ predictions, labels }, task, [1])],
  ];
}

/** These samples, in this order. */
function taken({ predictions, labels }: Samples, task: Task, order: readonly number[]): Samples {
  const width = task.kind === 'classification' ? task.classes.length : 1;
  return {
    predictions: Float32Array.from(order.flatMap((row) => [...predictions.subarray(row * width, (row + 1) * width)])),
    labels: Float32Array.from(order, (row) => labels[row] as number),
  };
}

function meanFigures(all: readonly Figures[]): Figures {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, all.reduce((sum, figures) => sum + (figures[name] as number), 0) / all.length]),
  );
}

function firstChange(before: Figures, after: Figures): string | undefined {
  return Object.keys(before).find((name) => {
    const [one, other] = [before[name] as number, after[name] as number];
    return !(Number.isNaN(one) && Number.isNaN(other)) && !(Math.abs(one - other) <= tolerance);
  });
}
