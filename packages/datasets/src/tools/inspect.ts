/** What is in a dataset folder: counts, lengths, labels, values that are missing or not finite, and leaks between splits. */
import { setImmediate } from 'node:timers/promises';
import type { Split, SplitName, Task } from '@interfuse/core';
import { splitNames } from '../folder/description.js';
import { hashBytes } from '../folder/hashes.js';
import { findLeaks, type Leak } from './leaks.js';
import { openWhole, positionsOf, type WholeDataset } from './open-whole.js';

export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

export interface StreamInspection {
  readonly present: number;
  readonly missing: number;
  /** Steps of the samples that have the stream; absent if none has. */
  readonly steps?: Spread;
  readonly nonFinite: number;
  /** The first sample with a value that is not finite. */
  readonly firstNonFinite?: string;
  readonly least: number;
  readonly mean: number;
  readonly most: number;
  /** Features that have one value throughout the split. */
  readonly constantFeatures: number;
}

export interface SplitInspection {
  readonly samples: number;
  readonly groups: number;
  readonly withText: number;
  /** Characters of a text. */
  readonly textLength?: Spread;
  readonly labels: { readonly [name: string]: { readonly known: number; readonly mean: number } };
  /** Samples by bin of the label that is predicted. */
  readonly histogram: readonly number[];
  readonly streams: { readonly [name: string]: StreamInspection };
}

export interface Inspection {
  /** What the bins of the histograms are. */
  readonly bins: readonly string[];
  readonly splits: { readonly [K in SplitName]: SplitInspection };
  readonly leaks: readonly Leak[];
}

export interface InspectOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (share: number, doing: string) => void;
}

/** Bins of a score over its range. */
const scoreBins = 7;

/** Reads all of a dataset folder. Errors as of `openDataset`; values that are not finite are counted. */
export async function inspectDataset(folder: string, options: InspectOptions = {}): Promise<Inspection> {
  const dataset = await openWhole(folder, { unchecked: true });
  try {
    const contents = new Map<string, string[]>();
    const splits = {} as Record<SplitName, SplitInspection>;
    for (const split of splitNames) splits[split] = await inspectSplit(dataset, split, contents, options);
    return { bins: binNames(dataset.spec.task), splits, leaks: findLeaks(dataset.splits, contents) };
  } finally {
    await dataset.close();
  }
}

async function inspectSplit(
  { spec, splits }: WholeDataset,
  name: SplitName,
  contents: Map<string, string[]>,
  { signal, progress }: InspectOptions,
): Promise<SplitInspection> {
  const split = splits[name];
  const { samples } = split;
  const names = Object.keys(spec.streams);
  const total = splitNames.length * names.length;
  const streams: Record<string, StreamInspection> = {};
  for (const [index, stream] of names.entries()) {
    const hashes: string[] = [];
    streams[stream] = await inspectStream(split, stream, spec.streams[stream]?.width as number, hashes, (share) => {
      progress?.((splitNames.indexOf(name) * names.length + index + share) / total, `${name}/${stream}`);
      signal?.throwIfAborted();
    });
    contents.set(`${name}/${stream}`, hashes);
  }
  const texts = samples.flatMap(({ text }) => (text === undefined ? [] : [text.length]));
  const histogram = new Array<number>(binNames(spec.task).length).fill(0);
  for (const { labels } of samples) {
    const bin = binOf(labels.task as number, spec.task);
    histogram[bin] = (histogram[bin] as number) + 1;
  }
  return {
    samples: samples.length,
    groups: new Set(samples.map(({ id, group }) => group ?? id)).size,
    withText: texts.length,
    ...(texts.length === 0 ? {} : { textLength: spreadOf(texts) }),
    labels: labelsOf(split),
    histogram,
    streams,
  };
}

async function inspectStream(
  split: Split,
  stream: string,
  width: number,
  hashes: string[],
  onShare: (share: number) => void,
): Promise<StreamInspection> {
  const { samples } = split;
  const lengths: number[] = [];
  const first = new Float64Array(width).fill(Number.NaN);
  const varies = new Uint8Array(width);
  let [nonFinite, count, sum, least, most] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let firstNonFinite: string | undefined;
  for (const positions of positionsOf(samples.length)) {
    const { values, lengths: steps } = await split.read(stream, positions);
    let at = 0;
    steps.forEach((length, i) => {
      const part = values.subarray(at, at + length * width);
      at += part.length;
      if (length > 0) lengths.push(length);
      hashes.push(isTelling(part) ? hashBytes(new Uint8Array(part.buffer, part.byteOffset, part.byteLength)) : '');
      for (let j = 0; j < part.length; j += 1) {
        const value = part[j] as number;
        if (!Number.isFinite(value)) {
          nonFinite += 1;
          firstNonFinite ??= samples[positions[i] as number]?.id;
          continue;
        }
        count += 1;
        sum += value;
        if (value < least) least = value;
        if (value > most) most = value;
        const feature = j % width;
        if (Number.isNaN(first[feature] as number)) first[feature] = value;
        else if (first[feature] !== value) varies[feature] = 1;
      }
    });
    onShare(((positions.at(-1) as number) + 1) / samples.length);
    await setImmediate();
  }
  return {
    present: lengths.length,
    missing: samples.length - lengths.length,
    ...(lengths.length === 0 ? {} : { steps: spreadOf(lengths) }),
    nonFinite,
    ...(firstNonFinite === undefined ? {} : { firstNonFinite }),
    least: count === 0 ? Number.NaN : least,
    mean: sum / count,
    most: count === 0 ? Number.NaN : most,
    constantFeatures: varies.reduce((constant, does) => constant - does, width),
  };
}

/** Sequences of one value, such as silence, are alike in many samples and tell nothing. */
function isTelling(values: Float32Array): boolean {
  return values.some((value) => value !== values[0]);
}

function labelsOf({ samples }: Split): SplitInspection['labels'] {
  const names = new Set(samples.flatMap(({ labels }) => Object.keys(labels)));
  return Object.fromEntries(
    [...names].map((name) => {
      const known = samples.flatMap(({ labels: { [name]: value } }) => (value === undefined ? [] : [value]));
      return [name, { known: known.length, mean: known.reduce((a, b) => a + b, 0) / known.length }];
    }),
  );
}

function binNames(task: Task): readonly string[] {
  if (task.kind === 'classification') return task.classes;
  const [lowest, highest] = task.range;
  const size = (highest - lowest) / scoreBins;
  const show = (value: number) => String(Number(value.toFixed(2)));
  return Array.from({ length: scoreBins }, (_, i) => `${show(lowest + i * size)} to ${show(lowest + (i + 1) * size)}`);
}

/** The bin of a label: its class, or one of equal parts of the range. */
export function binOf(label: number, task: Task): number {
  if (task.kind === 'classification') return label;
  const [lowest, highest] = task.range;
  return Math.min(scoreBins - 1, Math.floor(((label - lowest) / (highest - lowest)) * scoreBins));
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
  return { least: sorted[0] as number, median, most: sorted.at(-1) as number };
}
