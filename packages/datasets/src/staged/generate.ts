/** Generates the bundled dataset `staged`: the same bytes for the same version of the synthesiser. */

import { join } from 'node:path';
import type { RaggedRows, Sample, SplitName, SpokenWord } from '@interfuse/core';
import { checkpointFolder, loadTokenizer } from '@interfuse/lm-adapters';
import { writeFileWhole } from '@interfuse/safetensors';
import type { AuthoredDescription } from '../folder/description.js';
import { writeDataset } from '../folder/write.js';
import { audioColumns, framesPerSecond } from './audio-columns.js';
import { cardOf, wordsSection } from './card.js';
import { construction, labelOf, unimodalLabels } from './construction.js';
import { faceColumns } from './face-columns.js';
import { measure } from './measure.js';
import { readerFigures } from './readers.js';
import { createRenderer, type Rendered } from './render.js';
import { type CountTokens, chooseStagedSentences } from './sentences.js';
import { openSynthesiser } from './synthesiser.js';
import { drawUtterances, type StagedUtterance, textOf } from './utterances.js';
import type { TimedSentence } from './voice.js';
import { checkWords } from './word-check.js';
import { heardWords } from './word-times.js';

type Scale = { readonly mean: readonly number[]; readonly deviation: readonly number[] };

const labels: AuthoredDescription['labels'] = {
  task: 'sentiment of the utterance, from -3 to 3: the label to be predicted',
  text: 'unimodal: what somebody would say who has the words only',
  audio: 'unimodal: what somebody would say who has the sound only',
  vision: 'unimodal: what somebody would say who has the picture only',
  irony: 'latent: -1 if the utterance is ironic, else 1',
  heard: 'latent u_a: heard only, as the level of the pitch',
  seen: 'latent u_v: seen only, as a smile or a frown',
  both: 'latent r: heard as the tilt of the spectrum, seen as raised brows and lids',
  noise: 'latent: the part of the label that nothing shows',
  polarity: 'latent, of a sentence: -1 or 1, as people labelled it',
  emphasis: 'latent, of a sentence: 0 to 1.4, heard as its gain and seen in its time',
};

/** Counts as the model that is bundled does. */
export async function tokenCounter(): Promise<CountTokens> {
  const folder = checkpointFolder('stories260k', (path) => path);
  const tokenizer = await loadTokenizer(folder, 512);
  return (text) => tokenizer.encode(text).length;
}

/** What the features of audio are measured on. */
function audioOf(version: string): string {
  return `Measured on speech of espeak-ng ${version}; pitch in semitones above what is usual for the voice.`;
}

/**
 * Writes the dataset and its card to a folder, in the place of what is there.
 *
 * @throws TOOL_NOT_FOUND if the synthesiser is not installed
 */
export async function generateStaged(folder: string): Promise<void> {
  const synthesiser = openSynthesiser();
  try {
    const countTokens = await tokenCounter();
    const { sources, sentences } = chooseStagedSentences(countTokens);
    const utterances = drawUtterances(sentences, countTokens);
    const render = createRenderer(synthesiser);
    const rendered = {
      train: utterances.train.map(render),
      valid: utterances.valid.map(render),
      test: utterances.test.map(render),
    };
    const scale = scaleOf(rendered.train.map(({ audio }) => audio));
    const description: AuthoredDescription = {
      name: 'staged',
      title: 'Staged sentences',
      task: { kind: 'regression', range: construction.range },
      hasText: true,
      streams: {
        audio: {
          width: audioColumns.length,
          description: audioOf(synthesiser.version),
          columns: audioColumns.map(({ name }) => name),
          scale,
          stepsPerSecond: framesPerSecond,
        },
        vision: {
          width: faceColumns.length,
          description: 'Generated action units of a face.',
          columns: [...faceColumns],
          stepsPerSecond: framesPerSecond,
        },
      },
      labels,
      licence: 'CC-BY-4.0',
      sources,
      referenceFigures: readerFigures(),
    };
    const splitOf = (split: SplitName) => ({
      samples: utterances[split].map((utterance, i) => sampleOf(utterance, rendered[split][i] as Rendered)),
      streams: {
        audio: packed(
          rendered[split].map(({ audio }) => standardised(audio, scale)),
          audioColumns.length,
        ),
        vision: packed(
          rendered[split].map(({ vision }) => vision),
          faceColumns.length,
        ),
      },
    });
    const splits = { train: splitOf('train'), valid: splitOf('valid'), test: splitOf('test') };
    await writeDataset(folder, description, splits, { type: 'F16', replace: true });
    const words = checkWords(splits.train.samples, utterances.train, synthesiser);
    const card = cardOf(await measure(folder), {
      sources,
      labels,
      audio: audioOf(synthesiser.version),
      words: wordsSection(words),
    });
    await writeFileWhole(join(folder, 'card.md'), card);
  } finally {
    synthesiser.close();
  }
}

/** What is stored of an utterance beside its streams. */
export function sampleOf({ id, sentences, performer, latents, group }: StagedUtterance, rendered: Rendered): Sample {
  const { irony, heard, seen, both, noise, polarity, emphasis } = latents;
  return {
    id,
    text: textOf(sentences),
    labels: { task: labelOf(latents), ...unimodalLabels(latents), irony, heard, seen, both, noise },
    group,
    speaker: performer.name,
    tags: [irony === 1 ? 'sincere' : 'ironic', ...kindOf(polarity)],
    segments: rendered.sentences.map(({ start, end }, i) => ({
      start: milliseconds(start),
      end: milliseconds(end),
      text: sentences[i]?.text as string,
      labels: { polarity: polarity[i] as number, emphasis: emphasis[i] as number },
    })),
    words: rendered.sentences.flatMap((spoken, i) => wordsOf(sentences[i]?.text as string, spoken)),
  };
}

/** As they stand in the text, to hundredths of a second; the first and the last begin and end with their sentence. */
function wordsOf(text: string, { start, end, words }: TimedSentence): SpokenWord[] {
  const written = heardWords(text);
  const [first, last] = [milliseconds(start), milliseconds(end)];
  const within = (seconds: number) => Math.min(last, Math.max(first, hundredths(seconds)));
  return words.map((word, i) => ({
    text: written[i] as string,
    start: i === 0 ? first : within(word.start),
    end: i === words.length - 1 ? last : within(word.end),
  }));
}

function kindOf([first, second]: readonly number[]): string[] {
  if (second === undefined) return ['solo'];
  return ['pair', first === second ? 'pair-agrees' : 'pair-disagrees'];
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function hundredths(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

/** Mean and standard deviation of every column over all steps. */
function scaleOf(streams: readonly Float32Array[]): Scale {
  const width = audioColumns.length;
  const columns = audioColumns.map((_, i) => streams.flatMap((rows) => [...rows].filter((_, at) => at % width === i)));
  const mean = columns.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const deviation = columns.map((values, i) => {
    const squares = values.reduce((sum, value) => sum + (value - (mean[i] as number)) ** 2, 0);
    return Math.sqrt(squares / values.length);
  });
  return { mean: mean.map(digits), deviation: deviation.map(digits) };
}

function digits(value: number): number {
  return Number(value.toPrecision(6));
}

/** [steps, width]: each column less its mean, in its standard deviations. */
export function standardised(rows: Float32Array, { mean, deviation }: Scale): Float32Array {
  return rows.map((value, at) => {
    const column = at % mean.length;
    return (value - (mean[column] as number)) / (deviation[column] as number);
  });
}

function packed(streams: readonly Float32Array[], width: number): RaggedRows {
  const values = new Float32Array(streams.reduce((sum, rows) => sum + rows.length, 0));
  let filled = 0;
  for (const rows of streams) {
    values.set(rows, filled);
    filled += rows.length;
  }
  return { values, lengths: streams.map((rows) => rows.length / width) };
}
