/** Generates the bundled dataset `sentences`: the same bytes every time. */
import { fileURLToPath } from 'node:url';
import type { RaggedRows, Sample } from '@interfuse/core';
import type { AuthoredDescription } from '../folder/description.js';
import { type SplitToWrite, writeDataset } from '../folder/write.js';
import { cardOf } from './card.js';
import { construction, labelOf } from './construction.js';
import { randomNumbers } from './random-numbers.js';
import { referenceFigures } from './reference.js';
import { createRenderer, streamDesigns } from './streams.js';
import { chooseSentences } from './texts.js';
import { drawUtterances, type Utterance } from './utterances.js';

/** Where the bundled dataset lies, seen from the sources as well as from the build. */
export const sentencesFolder = fileURLToPath(new URL('../../data/sentences', import.meta.url));

const labels: AuthoredDescription['labels'] = {
  task: 'sentiment of the utterance, from -3 to 3: the label to be predicted',
  sentiment: 'latent: sentiment of the sentence as people labelled it, -1 or 1; in the text only',
  irony: 'latent: -1 if said ironically, else 1; shown imperfectly in both streams',
  emphasis: 'latent: 0.6 to 1.4; shown in audio only',
  voice: 'latent: standard normal; shown in audio only',
  face: 'latent: standard normal; shown in vision only',
  ironyInVoice: 'latent: irony as audio shows it',
  ironyInFace: 'latent: irony as vision shows it',
  noise: 'latent: the part of the label that nothing shows',
};

/** Writes the dataset to a folder, in the place of what is there. */
export async function generateSentences(folder: string): Promise<void> {
  const { sources, sentences } = chooseSentences();
  const utterances = drawUtterances(sentences);
  const description: AuthoredDescription = {
    name: 'sentences',
    title: 'Sentences with generated delivery',
    task: { kind: 'regression', range: construction.range },
    hasText: true,
    streams: Object.fromEntries(
      Object.entries(streamDesigns).map(([name, { width, description }]) => [name, { width, description }]),
    ),
    labels,
    licence: 'CC-BY-4.0',
    sources,
    referenceFigures: referenceFigures(),
  };
  const splits = {
    train: renderSplit(utterances.train),
    valid: renderSplit(utterances.valid),
    test: renderSplit(utterances.test),
  };
  const documents = { 'card.md': cardOf(description, utterances) };
  await writeDataset(folder, description, splits, { type: 'F16', replace: true, documents });
}

/** The samples of these utterances and what is heard and seen. */
export function renderSplit(utterances: readonly Utterance[]): SplitToWrite {
  const streams = Object.keys(streamDesigns).map((name) => [name, renderStream(name, utterances)]);
  return { samples: utterances.map(sampleOf), streams: Object.fromEntries(streams) };
}

function sampleOf({ id, sentence, latents }: Utterance): Sample {
  return { id, text: sentence.text, labels: { task: labelOf(latents), ...latents }, group: sentence.id };
}

function renderStream(name: string, utterances: readonly Utterance[]): RaggedRows {
  const render = createRenderer(name);
  const { width } = streamDesigns[name] as { width: number };
  const rendered = utterances.map(({ id, sentence, latents }) =>
    render(latents, sentence.words, randomNumbers(`sentences/${id}/${name}`)),
  );
  const values = new Float32Array(rendered.reduce((sum, rows) => sum + rows.length, 0));
  let filled = 0;
  for (const rows of rendered) {
    values.set(rows, filled);
    filled += rows.length;
  }
  return { values, lengths: rendered.map((rows) => rows.length / width) };
}
