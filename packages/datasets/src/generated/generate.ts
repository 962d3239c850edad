/** Writes a generated dataset folder, some samples at a time: the same options and seed give the same bytes. */
import { setImmediate } from 'node:timers/promises';
import type { RaggedRows, ReferenceFigure, Sample, SplitName } from '@interfuse/core';
import { type BuildOptions, buildDataset } from '../folder/build.js';
import { type AuthoredDescription, splitNames } from '../folder/description.js';
import { randomNumbers } from '../sentences/random-numbers.js';
import { cardOf } from './card.js';
import { type Design, type DesignOptions, designOf, wrong } from './design.js';
import { taskOf } from './label.js';
import { createDraw, type Draw, shownBy } from './latents.js';
import { type Optimum, optimumOf, subsetsOf } from './optimum.js';
import { nameOf, referenceFiguresOf } from './reference.js';
import { createRenderer, drawText } from './render.js';

export interface GenerateOptions extends DesignOptions {
  readonly name?: string;
  /** Of all splits together. */
  readonly samples?: number;
  /** Of train, valid and test. */
  readonly shares?: readonly [number, number, number];
  readonly seed?: number;
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  /** Called with the share that is done, and with what is being made. */
  readonly progress?: (share: number, doing: string) => void;
}

export interface GeneratedDataset {
  readonly design: Design;
  readonly sizes: { readonly [K in SplitName]: number };
  readonly referenceFigures: readonly ReferenceFigure[];
}

export const mostSamples = 100_000;
const samplesAtOnce = 256;

/**
 * Writes the dataset to a folder, whole or not at all.
 *
 * @throws CONFIG_WRONG_VALUE; FILE_NOT_WRITTEN; the reason of an aborted signal
 */
export async function generateDataset(folder: string, options: GenerateOptions = {}): Promise<GeneratedDataset> {
  const { name = 'generated', samples = 5000, shares = [0.7, 0.1, 0.2], seed = 1, replace = false } = options;
  const { signal, progress = () => {} } = options;
  const design = designOf(options);
  const sizes = sizesOf(samples, shares);
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) throw wrong('name', 'a short name in lower case', `"${name}"`);
  const draw = createDraw(design, seed);
  let referenceFigures: ReferenceFigure[] = [];
  const build: BuildOptions = { type: 'F16', replace, ...(signal === undefined ? {} : { signal }) };
  await buildDataset(folder, build, async (builder) => {
    const { streams, width, steps } = design;
    const mostRows = steps[1];
    const total = samples * streams.length;
    let done = 0;
    for (const split of splitNames) {
      for (const stream of streams) {
        const count = sizes[split];
        const chunks = render(design, seed, draw, split, stream, count, (drawn) => {
          done += drawn;
          progress((0.9 * done) / total, `${split}/${stream}`);
        });
        await builder.stream(split, stream, { width, count, mostRows: count * mostRows, chunks });
      }
    }
    const optima: Optimum[] = [];
    const subsets = subsetsOf(design.modalities);
    for (const [index, modalities] of subsets.entries()) {
      progress(0.9 + (0.1 * index) / subsets.length, `the best of ${nameOf({ modalities }, design.modalities)}`);
      // Some take seconds: Ctrl-C is heard between them.
      await setImmediate();
      signal?.throwIfAborted();
      optima.push(optimumOf(design, modalities));
    }
    referenceFigures = referenceFiguresOf(design, optima);
    const samplesOf = (split: SplitName) =>
      Array.from({ length: sizes[split] }, (_, index) => sampleOf(design, seed, draw, idOf(split, index)));
    return {
      authored: describe(design, name, referenceFigures),
      samples: { train: samplesOf('train'), valid: samplesOf('valid'), test: samplesOf('test') },
      documents: { 'card.md': cardOf({ design, seed, sizes, optima }) },
    };
  });
  return { design, sizes, referenceFigures };
}

function sizesOf(samples: number, shares: readonly [number, number, number]): GeneratedDataset['sizes'] {
  if (!Number.isInteger(samples) || samples < 3 || samples > mostSamples) {
    throw wrong('samples', `a whole number from 3 to ${mostSamples}`, String(samples));
  }
  const sum = shares.reduce((total, share) => total + share, 0);
  if (!shares.every((share) => share > 0) || !Number.isFinite(sum)) {
    throw wrong('shares', 'three shares above 0', shares.join(', '));
  }
  const some = (share: number) => Math.max(1, Math.round((samples * share) / sum));
  const [valid, test] = [some(shares[1]), some(shares[2])];
  const train = samples - valid - test;
  if (train >= 1) return { train, valid, test };
  throw wrong('samples, shares', 'at least one sample for each split', `${samples} samples, ${shares.join(', ')}`);
}

function idOf(split: SplitName, index: number): string {
  return `${split}-${index}`;
}

function* render(
  design: Design,
  seed: number,
  draw: (name: string) => Draw,
  split: SplitName,
  stream: string,
  count: number,
  advance: (drawn: number) => void,
): Generator<RaggedRows> {
  const renderStream = createRenderer(design, seed, stream);
  for (let first = 0; first < count; first += samplesAtOnce) {
    const rendered = Array.from({ length: Math.min(samplesAtOnce, count - first) }, (_, i) => {
      const id = idOf(split, first + i);
      return renderStream(shownBy(stream, draw(id).latents), randomNumbers(`generated/${seed}/${id}/${stream}`));
    });
    const values = new Float32Array(rendered.reduce((sum, rows) => sum + rows.length, 0));
    let filled = 0;
    for (const rows of rendered) {
      values.set(rows, filled);
      filled += rows.length;
    }
    yield { values, lengths: rendered.map((rows) => rows.length / design.width) };
    advance(rendered.length);
  }
}

function sampleOf(design: Design, seed: number, draw: (name: string) => Draw, id: string): Sample {
  const { latents, label } = draw(id);
  const { shared, own, part, hidden } = latents;
  const each = (prefix: string, bits: { readonly [modality: string]: number }) =>
    Object.fromEntries(design.modalities.map((modality) => [`${prefix}_${modality}`, bits[modality] as number]));
  const text = design.modalities.includes('text')
    ? { text: drawText(design, shownBy('text', latents), randomNumbers(`generated/${seed}/${id}/text`)) }
    : {};
  return { id, ...text, labels: { task: label, shared, ...each('own', own), ...each('part', part), hidden } };
}

function describe(design: Design, name: string, referenceFigures: readonly ReferenceFigure[]): AuthoredDescription {
  const { modalities, streams, width } = design;
  const each = (prefix: string, meaning: (modality: string) => string) =>
    Object.fromEntries(modalities.map((modality) => [`${prefix}_${modality}`, meaning(modality)]));
  return {
    name,
    title: 'Generated, with a known answer',
    task: taskOf(design),
    hasText: modalities.includes('text'),
    streams: Object.fromEntries(
      streams.map((stream) => [stream, { width, description: 'Generated: three bits and noise.' }]),
    ),
    labels: {
      task: 'the label to be predicted',
      shared: 'latent: the bit that every modality shows',
      ...each('own', (modality) => `latent: the bit that ${modality} alone shows`),
      ...each('part', (modality) => `latent: the part of the parity that ${modality} shows`),
      hidden: 'latent: the bit that nothing shows',
    },
    licence: 'CC0-1.0',
    sources: [
      {
        title: 'Generated by Interfuse, see card.md',
        citation:
          'After Liang et al. 2023, Quantifying & Modeling Multimodal Interactions: An Information Decomposition Framework, arXiv 2302.12247.',
      },
    ],
    referenceFigures,
  };
}
