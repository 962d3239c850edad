/** Trains a language model from texts to a Hugging Face folder: tokenizer, weights, card. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine, Tokenizer } from '@interfuse/core';
import { loadLanguageModel, loadTokenizer } from '@interfuse/lm-adapters';
import { countWords, tokenizerFiles, trainMerges, vocabularySize } from '@interfuse/lm-adapters/byte-pair';
import { freshModel } from '@interfuse/lm-adapters/fresh';
import { countParameters } from '@interfuse/nn';
import { writeFileWhole } from '@interfuse/safetensors';
import { takeSignals } from '@interfuse/training/loop';
import { type CardFacts, type TextFacts, writeCard } from './card.js';
import { type HeldOutFigures, type HeldOutText, measureHeldOut } from './held-out.js';
import { modelFields } from './model-fields.js';
import { writeWeights } from './model-folder.js';
import { nextTokenModule } from './next-token.js';
import { type Measurement, openTraining, trainingFolder } from './position.js';
import type { LanguageModelSettings } from './settings.js';
import { type Document, readDocuments } from './texts/documents.js';
import { holdOut } from './texts/hold-out.js';
import { sharedShare, withoutNearDuplicates } from './texts/near-duplicates.js';
import { packDocuments } from './texts/windows.js';
import { type LoopProgress, runLoop } from './training-loop.js';

export interface LanguageModelTraining {
  readonly settings: LanguageModelSettings;
  /** From a path in the settings to an absolute one. */
  readonly resolvePath: (path: string) => string;
  readonly engine: Engine;
  readonly signal?: AbortSignal;
  /** What is being done before the first step, and how much of it is done. */
  onPreparing?(doing: string, share: number): void;
  onPrepared?(facts: TextFacts & { readonly parameters: number }): void;
  onProgress?(progress: LoopProgress): void;
  onMeasured?(measured: Measurement): void;
}

export interface TrainedLanguageModel {
  readonly status: 'finished' | 'interrupted';
  /** Absolute path. */
  readonly folder: string;
  /** The measurement whose weights are in the folder; absent before the first. */
  readonly best?: Measurement;
  /** Of the weights as they are written, once the training is finished. */
  readonly stored?: HeldOutFigures;
  /** Of all sessions together. */
  readonly seconds: number;
}

/**
 * The folder holds the best weights so far at any time after the first measurement. A training that was cut off goes on
 * where it stood; one that is finished returns at once.
 *
 * @throws the errors of reading texts, FILE_EXISTS, CHECKPOINT_MISMATCH, TRAINING_DIVERGED
 */
export async function trainLanguageModel(training: LanguageModelTraining): Promise<TrainedLanguageModel> {
  const { settings, engine, resolvePath } = training;
  const { model: shape, heldOut: share, seed, weights } = settings;
  const folder = resolvePath(settings.output);

  training.onPreparing?.('reading texts', 0);
  const documents = await readDocuments(settings.texts.map(resolvePath));
  const { kept, left } = withoutNearDuplicates(documents);
  const parts = holdOut(kept, share, seed);
  await mkdir(folder, { recursive: true });
  const { name: _, texts: __, output: ___, card: ____, ...determining } = settings;
  await takeSignals(training.signal);
  const position = await openTraining(folder, { ...determining, texts: digestOf(documents) });

  training.onPreparing?.('learning the vocabulary', 0);
  const merges = trainMerges(countWords(parts.train.map(({ text }) => text)), settings.vocabulary - vocabularySize([]));
  const vocabulary = vocabularySize(merges);
  const config = modelFields(shape, vocabulary, weights);
  const files = {
    ...tokenizerFiles(merges, shape.contextLength),
    'config.json': `${JSON.stringify(config, null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFileWhole(join(folder, name), text);

  const tokenizer = await loadTokenizer(folder, vocabulary);
  const packed = await packDocuments(parts.train, {
    tokenizer,
    endOfText: tokenizer.padToken,
    signal: training.signal,
    onProgress: (share) => training.onPreparing?.('encoding texts', share),
  });
  const heldOut = await heldOutText(parts.heldOut, tokenizer);

  const { model, tensors } = await freshModel({ file: join(folder, 'config.json'), fields: config });
  const module = nextTokenModule(model);
  const texts: TextFacts = {
    documents: kept.length,
    heldOutDocuments: parts.heldOut.length,
    nearDuplicates: left.length,
    trainTokens: packed.length,
    heldOutTokens: heldOut.packed.length,
    heldOutBytes: heldOut.bytes,
    sharedShare: sharedShare(parts.heldOut, parts.train),
  };
  const facts = { settings, vocabulary, texts, parameters: countParameters(model.parameters).total };
  training.onPrepared?.({ ...texts, parameters: facts.parameters });
  const describe = (more: Pick<CardFacts, 'best' | 'isFinished' | 'stored'>): Promise<void> =>
    writeFileWhole(join(folder, 'README.md'), writeCard({ ...facts, ...more }));

  const result = await runLoop({
    ...training,
    module,
    settings: { ...settings, contextLength: shape.contextLength },
    packed,
    heldOut,
    folder,
    position,
    async onBest(store, best) {
      await writeWeights(folder, store, tensors, weights);
      await describe({ best, isFinished: false });
    },
  });
  const { history, seconds } = result.position;
  await writeFileWhole(join(trainingFolder(folder), 'history.json'), `${JSON.stringify(history, null, 2)}\n`);
  const best = bestOf(history);
  if (result.status === 'interrupted' || best === undefined) {
    return { status: result.status, folder, seconds, ...(best ? { best } : {}) };
  }
  const stored = await measureHeldOut(engine, await loadLanguageModel(folder), heldOut);
  await describe({ best, stored, isFinished: true });
  return { status: 'finished', folder, best, stored, seconds };
}

/** Documents as a text to be measured on: packed, with an end before the first, which the first token is predicted from. */
export async function heldOutText(documents: readonly Document[], tokenizer: Tokenizer): Promise<HeldOutText> {
  const ended = await packDocuments(documents, { tokenizer, endOfText: tokenizer.padToken });
  const packed = new Int32Array(ended.length + 1);
  packed[0] = tokenizer.padToken;
  packed.set(ended, 1);
  const bytes = documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return { packed, bytes, padToken: tokenizer.padToken };
}

function bestOf(history: readonly Measurement[]): Measurement | undefined {
  return history.reduce<Measurement | undefined>(
    (best, one) => (best && best.heldOut.loss <= one.heldOut.loss ? best : one),
    undefined,
  );
}

function digestOf(documents: readonly Document[]): { documents: number; sha256: string } {
  const hash = createHash('sha256');
  for (const { text } of documents) hash.update(`${Buffer.byteLength(text)}\n`).update(text);
  return { documents: documents.length, sha256: hash.digest('hex') };
}
