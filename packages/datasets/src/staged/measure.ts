/**
 * Measures `staged` as it lies in a folder: what can be reached, what the streams show and what they must not show.
 * Reads train and valid; the test split has no part in it.
 */
import type { Sample, Split } from '@interfuse/core';
import { openDataset } from '../folder/open.js';
import { fitLogistic, fitRidge } from '../measures/linear-models.js';
import { balancedAccuracy, correlation, explained, mean, meanAbsoluteError, median } from '../measures/scores.js';
import { randomNumbers, shuffle } from '../sentences/random-numbers.js';
import { audioColumns, framesPerSecond } from './audio-columns.js';
import type { Latents } from './construction.js';
import { faceColumns } from './face-columns.js';
import { createReaders, readerFigures, simulate, type VarianceShares, varianceShares } from './readers.js';
import { type Derived, streamFunctionals } from './stream-functionals.js';

/** What a stream tells of a latent, to regressions that were fitted on train and are judged on valid. */
export interface Probe {
  readonly stream: 'audio' | 'vision';
  readonly of: string;
  /** Balanced accuracy of logistic regression, or share of the variance that ridge regression explains. */
  readonly measure: 'accuracy' | 'explained';
  readonly value: number;
}

export interface ReaderFigure {
  readonly name: string;
  readonly meaning: string;
  /** MAE on simulated utterances, before rounding. */
  readonly simulated: number;
  /** MAE on valid, and on those of its utterances that have a tag. */
  readonly valid: number;
  readonly byTag: { readonly [tag: string]: number };
}

export interface Correlation {
  readonly latent: string;
  readonly feature: string;
  readonly value: number;
}

export interface Measurement {
  readonly sizes: readonly {
    readonly split: string;
    readonly utterances: number;
    readonly sentences: number;
    readonly groups: number;
  }[];
  readonly steps: { readonly mean: number; readonly most: number };
  readonly shares: VarianceShares;
  readonly tags: readonly { readonly tag: string; readonly train: number; readonly valid: number }[];
  readonly readers: readonly ReaderFigure[];
  readonly shown: readonly Probe[];
  readonly hidden: readonly Probe[];
  /** Balanced accuracies, cross-validated over train and valid so that no sentence is on both sides. */
  readonly crossValidated: readonly Probe[];
  readonly correlations: readonly Correlation[];
  readonly polarity: { readonly mean: number; readonly largestCorrelation: number };
}

interface Part {
  readonly samples: readonly Sample[];
  readonly latents: readonly Latents[];
  readonly rows: { readonly audio: readonly Float64Array[]; readonly vision: readonly Float64Array[] };
  readonly audio: readonly Float32Array[];
}

/** A smirk pulls one corner of the mouth, whichever. */
const asymmetry: Derived = (step) =>
  Math.abs((step[faceColumns.indexOf('AU12-left')] as number) - (step[faceColumns.indexOf('AU12-right')] as number));

export async function measure(folder: string): Promise<Measurement> {
  const dataset = await openDataset(folder);
  const [train, valid] = [await readPart(await dataset.open('train')), await readPart(await dataset.open('valid'))];
  const simulated = simulate();
  const probe = (stream: Probe['stream'], of: string, measured: Probe['measure']) =>
    probeOf(train, valid, stream, of, measured);
  return {
    sizes: [sizeOf('train', train), sizeOf('valid', valid)],
    steps: stepsOf(train),
    shares: varianceShares(simulated),
    tags: tagsOf(train).map((tag) => ({ tag, train: count(train, tag), valid: count(valid, tag) })),
    readers: readersOn(train, valid, simulated),
    shown: [
      probe('audio', 'irony', 'accuracy'),
      probe('audio', 'heard', 'explained'),
      probe('audio', 'both', 'explained'),
      probe('audio', 'emphasis', 'explained'),
      probe('audio', 'meant', 'accuracy'),
      probe('vision', 'irony', 'accuracy'),
      probe('vision', 'seen', 'explained'),
      probe('vision', 'both', 'explained'),
      probe('vision', 'emphasis', 'explained'),
      probe('vision', 'meant', 'accuracy'),
    ],
    hidden: [
      probe('audio', 'polarity', 'accuracy'),
      probe('vision', 'polarity', 'accuracy'),
      probe('audio', 'noise', 'explained'),
      probe('vision', 'noise', 'explained'),
      probe('audio', 'seen', 'explained'),
      probe('vision', 'heard', 'explained'),
    ],
    crossValidated: (['irony', 'polarity'] as const).flatMap((of) =>
      (['audio', 'vision'] as const).map((stream) => crossValidate([train, valid], stream, of)),
    ),
    correlations: correlationsIn(train),
    polarity: polarityIn(train),
  };
}

async function readPart(split: Split): Promise<Part> {
  const all = split.samples.map((_, row) => row);
  const [audio, vision] = [await split.read('audio', all), await split.read('vision', all)];
  await split.close();
  let first = 0;
  return {
    samples: split.samples,
    latents: split.samples.map(latentsOf),
    rows: { audio: streamFunctionals(audio), vision: streamFunctionals(vision, [asymmetry]) },
    audio: audio.lengths.map((length) => {
      const from = first * audioColumns.length;
      first += length;
      return audio.values.subarray(from, first * audioColumns.length);
    }),
  };
}

function latentsOf({ labels, segments = [] }: Sample): Latents {
  const { irony, heard, seen, both, noise } = labels as { readonly [name: string]: number };
  const of = (name: string) => segments.map((segment) => segment.labels?.[name] as number);
  return { irony, heard, seen, both, noise, polarity: of('polarity'), emphasis: of('emphasis') } as Latents;
}

/** What is asked of a stream: of utterances of one sentence only, of two only, or of all. */
const questions: {
  readonly [of: string]: { readonly among?: 1 | 2; readonly answer: (latents: Latents) => number };
} = {
  irony: { answer: ({ irony }) => -irony },
  heard: { answer: ({ heard }) => heard },
  seen: { answer: ({ seen }) => seen },
  both: { answer: ({ both }) => both },
  noise: { answer: ({ noise }) => noise },
  emphasis: { among: 1, answer: ({ emphasis }) => emphasis[0] as number },
  meant: { among: 2, answer: ({ emphasis: [first, second] }) => ((first as number) > (second as number) ? 1 : -1) },
  // That of the sentence that is meant.
  polarity: { answer: (latents) => meant(latents, latents.polarity) },
};

function probeOf(train: Part, valid: Part, stream: Probe['stream'], of: string, measured: Probe['measure']): Probe {
  const { among, answer } = questions[of] as (typeof questions)[string];
  const asked = ({ rows, latents }: Part) => {
    const places = [...latents.keys()].filter((i) => among === undefined || latents[i]?.polarity.length === among);
    return {
      rows: places.map((i) => rows[stream][i] as Float64Array),
      answers: places.map((i) => answer(latents[i] as Latents)),
    };
  };
  const [known, wanted] = [asked(train), asked(valid)];
  if (measured === 'explained') {
    const predicted = fitRidge(known.rows, known.answers).predict(wanted.rows);
    return { stream, of, measure: measured, value: explained(predicted, wanted.answers) };
  }
  const isTrue = (value: number) => value > 0;
  const odds = fitLogistic(known.rows, known.answers.map(isTrue)).predict(wanted.rows);
  return { stream, of, measure: measured, value: balancedAccuracy(odds, wanted.answers.map(isTrue)) };
}

const folds = 5;

/**
 * Valid has 120 sentences and 67 ironic utterances: few. Here each utterance of train and valid is judged by a regression
 * that was fitted on utterances in which other sentences are meant.
 */
function crossValidate(parts: readonly Part[], stream: Probe['stream'], of: string): Probe {
  const { answer } = questions[of] as (typeof questions)[string];
  const rows = parts.flatMap((part) => part.rows[stream]);
  const isPositive = parts.flatMap(({ latents }) => latents.map((latent) => answer(latent) > 0));
  const said = parts.flatMap(({ samples, latents }) =>
    samples.map(({ segments = [] }, i) => meant(latents[i] as Latents, segments).text as string),
  );
  const order = shuffle([...new Set(said)], randomNumbers('staged/folds'));
  const foldOf = new Map(order.map((text, i) => [text, i % folds]));
  const odds = new Float64Array(rows.length);
  for (let fold = 0; fold < folds; fold += 1) {
    const judged = [...rows.keys()].filter((i) => foldOf.get(said[i] as string) === fold);
    const known = [...rows.keys()].filter((i) => foldOf.get(said[i] as string) !== fold);
    const model = fitLogistic(
      known.map((i) => rows[i] as Float64Array),
      known.map((i) => isPositive[i] as boolean),
    );
    const found = model.predict(judged.map((i) => rows[i] as Float64Array));
    judged.forEach((i, j) => {
      odds[i] = found[j] as number;
    });
  }
  return { stream, of, measure: 'accuracy', value: balancedAccuracy(odds, isPositive) };
}

/** Of what there is one of for each sentence, that of the sentence with more emphasis. */
function meant<T>({ emphasis }: Latents, ofSentences: readonly T[]): T {
  return ofSentences[emphasis.indexOf(Math.max(...emphasis))] as T;
}

/** Readers know the construction from simulation; the constant is the median of the labels of train. */
function readersOn(train: Part, valid: Part, simulated: readonly Latents[]): ReaderFigure[] {
  const figures = readerFigures(simulated);
  const labels = valid.samples.map(({ labels }) => labels.task as number);
  const middle = median(train.samples.map(({ labels }) => labels.task as number));
  return createReaders(simulated).map(({ name, meaning, predict }, i) => {
    const predicted = valid.latents.map((latents) => (name === 'constant' ? middle : predict(latents)));
    const errorOf = (tag?: string) => {
      const places = [...labels.keys()].filter((at) => tag === undefined || valid.samples[at]?.tags?.includes(tag));
      return meanAbsoluteError(
        places.map((at) => predicted[at] as number),
        places.map((at) => labels[at] as number),
      );
    };
    return {
      name,
      meaning,
      simulated: figures[i]?.value as number,
      valid: errorOf(),
      byTag: Object.fromEntries(tagsOf(valid).map((tag) => [tag, errorOf(tag)])),
    };
  });
}

/** How single features move with the latents that they stand for. */
function correlationsIn({ samples, latents, audio }: Part): Correlation[] {
  const column = (name: string) => audioColumns.findIndex((entry) => entry.name === name);
  const width = audioColumns.length;
  const average = (rows: Float32Array, name: string, from = 0, to = rows.length / width) =>
    mean(Array.from({ length: to - from }, (_, t) => rows[(from + t) * width + column(name)] as number));
  const ofMeant = (name: string) =>
    audio.map((rows, i) => {
      const { segments = [] } = samples[i] as Sample;
      const { start, end } = meant(latents[i] as Latents, segments);
      const from = Math.min(rows.length / width - 1, Math.round(start * framesPerSecond));
      return average(
        rows,
        name,
        from,
        Math.max(from + 1, Math.min(rows.length / width, Math.round(end * framesPerSecond))),
      );
    });
  const latent = (value: (of: Latents) => number) => latents.map(value);
  const entry = (
    name: string,
    feature: string,
    values: ArrayLike<number>,
    measured: readonly number[],
  ): Correlation => ({
    latent: name,
    feature,
    value: correlation(values, measured),
  });
  const irony = latent((of) => of.irony);
  return [
    entry(
      'heard',
      'pitch',
      latent((of) => of.heard),
      ofMeant('pitch'),
    ),
    entry(
      'both',
      'slope',
      latent((of) => of.both),
      ofMeant('slope'),
    ),
    entry(
      'emphasis',
      'energy',
      latent((of) => Math.max(...of.emphasis)),
      ofMeant('energy'),
    ),
    entry('irony', 'pitch-spread', irony, ofMeant('pitch-spread')),
    entry('irony', 'flux', irony, ofMeant('flux')),
    entry('irony', 'letters per second', irony, samples.map(lettersPerSecond)),
  ];
}

function lettersPerSecond({ segments = [] }: Sample): number {
  const letters = segments.reduce((sum, { text = '' }) => sum + text.length, 0);
  return letters / segments.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Polarity must be balanced, and tell nothing about the delivery. */
function polarityIn({ latents }: Part): Measurement['polarity'] {
  const solo = latents.filter(({ polarity }) => polarity.length === 1);
  const signs = solo.map(({ polarity }) => polarity[0] as number);
  const others = (['irony', 'heard', 'seen', 'both', 'noise'] as const).map((name) =>
    Math.abs(
      correlation(
        signs,
        solo.map((of) => of[name]),
      ),
    ),
  );
  return { mean: mean(latents.flatMap(({ polarity }) => polarity)), largestCorrelation: Math.max(...others) };
}

function sizeOf(split: string, { samples }: Part): Measurement['sizes'][number] {
  const sentences = new Set(samples.flatMap(({ segments = [] }) => segments.map(({ text }) => text)));
  const groups = new Set(samples.map(({ group }) => group));
  return { split, utterances: samples.length, sentences: sentences.size, groups: groups.size };
}

function stepsOf({ audio }: Part): Measurement['steps'] {
  const lengths = audio.map((rows) => rows.length / audioColumns.length);
  return { mean: mean(lengths), most: Math.max(...lengths) };
}

function tagsOf({ samples }: Part): string[] {
  const order = ['sincere', 'ironic', 'solo', 'pair', 'pair-agrees', 'pair-disagrees'];
  const found = new Set(samples.flatMap(({ tags = [] }) => tags));
  return order.filter((tag) => found.has(tag));
}

function count({ samples }: Part, tag: string): number {
  return samples.filter(({ tags }) => tags?.includes(tag)).length;
}
