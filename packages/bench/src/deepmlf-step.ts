/**
 * One optimizer step of DeepMLF with the sizes of its MOSEI recipe (arXiv 2504.11082): GPT-2 base with random weights, 12
 * fusion tokens, seven MM Blocks, batch 32, all five losses, and the gradients of all 41,842,204 trained parameters.
 */
import { fileURLToPath } from 'node:url';
import {
  type Encoder,
  type Engine,
  type FusionHost,
  type FusionModule,
  type HostTensor,
  type HostTensors,
  type LanguageModel,
  type StreamSpec,
  trainingDefaults,
} from '@interfuse/core';
import { transformer } from '@interfuse/encoders';
import { deepmlf } from '@interfuse/fusion-deepmlf';
import { loadLanguageModel } from '@interfuse/lm-adapters';
import { countParameters } from '@interfuse/nn';
import { scalarFloat, scalarInt, trainingLeaves, trainStep } from '@interfuse/training/loop';
import { waves } from './measure.js';

const textLength = 50;
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const streams: { readonly [name: string]: StreamSpec } = {
  audio: { name: 'audio', width: 74, maximumLength: 500 },
  vision: { name: 'vision', width: 35, maximumLength: 500 },
};

async function encoderOf(stream: StreamSpec, dropout: number): Promise<Encoder> {
  const create = await transformer.load();
  const options = {
    width: 30,
    layers: 3,
    heads: 6,
    feedForward: 120,
    dropout,
    steps: 50,
    align: 'strided',
    masked: false,
    batchNorm: false,
  } as const;
  return create(options, { stream, logger });
}

/** Config of GPT-2 base, with and without the dropout of its own. */
export const gpt2Folder = (dropout: boolean): string =>
  fileURLToPath(new URL(`../models/gpt2-base${dropout ? '-dropout' : ''}`, import.meta.url));

/** What differs from the recipe for GPT-2 base. */
export interface DeepmlfChoices {
  /** Blocks that an MM Block follows. */
  readonly after?: number[];
  readonly feedForward?: 'trained' | 'lora';
}

export async function buildDeepmlf(
  languageModel: LanguageModel,
  dropout: number,
  { after = [3, 5, 7, 8, 9, 10, 11], feedForward = 'trained' }: DeepmlfChoices = {},
): Promise<FusionModule> {
  const encoders: Record<string, Encoder> = {};
  for (const [name, stream] of Object.entries(streams)) encoders[name] = await encoderOf(stream, dropout);
  const host: FusionHost = {
    languageModel,
    encoders,
    streams,
    text: { length: textLength },
    task: { kind: 'regression', range: [-3, 3] },
    logger,
  };
  const create = await deepmlf.load();
  return create(
    {
      tokens: 12,
      queries: 'tokens',
      crossAttentions: null,
      feedForwardStart: 'weights',
      languageModelDropout: true,
      embeddingNoise: 0,
      depth: null,
      after,
      heads: 16,
      scale: 'model',
      gates: 'sigmoid',
      gate: 0,
      feedForward,
      combine: 'product',
      lora: { rank: 16, scale: 16, dropout: 0.05 },
      streamWidth: 30,
      headWidth: 64,
      dropout,
      lossWeights: { fusion: 1, streams: 1, text: 1, languageModel: 1.1, consistency: 0 },
      ulgm: null,
      seqAug: { textBatches: 0, textFeatures: 0.2, streamFeatures: 0, within: 'padded' },
    },
    host,
  );
}

const full = (shape: readonly number[]): HostTensor => ({
  shape,
  type: 'bool',
  data: new Uint8Array(shape.reduce((product, extent) => product * extent, 1)).fill(1),
});

/** A batch whose samples are all of full length. */
export function inputsOf(step: number, batch = 32, vocabulary = 50_257): HostTensors {
  const tokens = Int32Array.from({ length: batch * textLength }, (_, i) => (7919 * i) % vocabulary);
  return {
    rows: { shape: [batch], type: 'int32', data: Int32Array.from({ length: batch }, (_, i) => i) },
    'text/tokens': { shape: [batch, textLength], type: 'int32', data: tokens },
    'text/mask': full([batch, textLength]),
    'text/present': full([batch]),
    ...Object.fromEntries(
      Object.values(streams).flatMap(({ name, width, maximumLength }) => [
        [`streams/${name}/values`, waves([batch, maximumLength, width])],
        [`streams/${name}/mask`, full([batch, maximumLength])],
        [`streams/${name}/present`, full([batch])],
      ]),
    ),
    'labels/task/values': waves([batch, 1]),
    'labels/task/known': full([batch]),
    step: scalarInt(step),
    epoch: scalarInt(0),
    learningRate: scalarFloat(1e-4),
  };
}

/** @param dropout rate of every dropout, the language model's own included; 0: off */
export async function prepareDeepmlfStep(
  engine: Engine,
  dropout: number,
): Promise<{ trained: number; run(step: number): Promise<void> }> {
  const languageModel = await loadLanguageModel(gpt2Folder(dropout > 0), { weights: 'random' });
  const module = await buildDeepmlf(languageModel, dropout);
  const settings = { ...trainingDefaults, ...module.recipe };
  const store = engine.createStore();
  await store.allocate(trainingLeaves(module, settings), 1);
  const task = { kind: 'regression', range: [-3, 3] } as const;
  const program = engine.compile(trainStep({ module, task, seed: 1, settings }), store);
  return {
    trained: countParameters(module.parameters).trainable,
    async run(step) {
      await program.run(inputsOf(step));
    },
  };
}
