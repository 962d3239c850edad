/** A fusion module, a tokenizer and splits that are small enough to train in a test, and use all that a step offers. */
import type {
  Batch,
  Engine,
  FusionModule,
  Logger,
  RaggedRows,
  Sample,
  Split,
  StreamInput,
  StreamSpec,
  Tokenizer,
  TrainingSettings,
} from '@interfuse/core';
import { cpu } from '@interfuse/engine-tfjs';
import {
  absoluteError,
  batchNorm,
  batchNormLeaves,
  batchNormState,
  dropout,
  embed,
  linear,
  linearLeaves,
  maskedMean,
  normal,
  zeros,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export const audio: StreamSpec = { name: 'audio', width: 3, maximumLength: 12 };
const vocabulary = 16;
const width = 4;

export const settings: TrainingSettings = {
  epochs: 3,
  batchSize: 4,
  accumulate: 1,
  accumulation: 'mean',
  accumulationTail: 'keep',
  pieceSize: 0,
  learningRate: 0.01,
  weightDecay: 0.01,
  decayed: 'weights',
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  schedule: 'linear',
  scheduleEpochs: null,
  minimumRate: 0,
  warmup: 0.1,
  warmupEpochs: null,
  plateauFactor: 0.1,
  plateauPatience: 10,
  clipNorm: 1,
  clipValue: 0,
  clipAt: 'update',
  patience: 0,
  leastImprovement: 0,
  decimals: null,
  modalityDropout: {},
  groups: {},
};

const logger: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export async function createCpuEngine(): Promise<Engine> {
  return (await cpu.load())({}, { logger });
}

function modelParts() {
  return {
    parameters: {
      embedding: { weight: normal([vocabulary, width], 1, { train: false }) },
      audio: linearLeaves(audio.width, width),
      norm: batchNormLeaves(width),
      head: { ...linearLeaves(width, 1), scale: normal([1], 1, { decay: false, group: 'scale' }) },
    },
    state: { norm: batchNormState(width), seen: zeros([64, 1], { train: false }) },
  };
}

type Parts = ReturnType<typeof modelParts>;

export interface SmallModelOptions {
  readonly dropout?: number;
  /** Without it micro-batches influence each other by nothing but their gradients. */
  readonly batchNorm?: boolean;
  /** Its own losses: task and half the weight of an auxiliary one. */
  readonly losses?: boolean;
}

/** Mean of the token embeddings plus mean of the audio, normed, to one score; counts how often it has seen each row. */
export function createSmallModel(options: SmallModelOptions = {}): FusionModule {
  const { dropout: rate = 0, batchNorm: norms = true, losses = false } = options;
  const module: FusionModule<Parts['parameters'], Parts['state']> = {
    ...modelParts(),
    forward(params, state, batch, pass) {
      const text = batch.text as NonNullable<Batch['text']>;
      const stream = batch.streams.audio as StreamInput;
      const words = maskedMean(embed(params.embedding, text.tokens), text.mask); // [B, width]
      const sound = linear(params.audio, maskedMean(stream.values, stream.mask)); // [B, width]
      const joint = dropout(tf.add(words, sound), rate, pass);
      const normed = norms ? batchNorm(params.norm, state.norm, joint, pass) : { values: joint, state: state.norm };
      const prediction = tf.mul(linear(params.head, normed.values), params.head.scale);
      return {
        output: {
          prediction,
          heads: { sound: tf.mean(sound, 1, true) },
          inspect: {
            joint: { values: joint, axes: ['sample', 'feature'] },
            scale: { values: params.head.scale, axes: ['scale'] },
          },
        },
        state: { norm: normed.state, seen: state.seen },
      };
    },
    afterStep(state, _output, batch) {
      const rows = tf.sum(tf.oneHot(batch.rows as tf.Tensor1D, 64), 0); // [64]
      return { ...state, seen: tf.add(state.seen, tf.expandDims(tf.cast(rows, 'float32'), 1)) };
    },
    ...(losses
      ? {
          losses({ prediction, heads }, { labels }) {
            const label = labels.task as NonNullable<Batch['labels'][string]>;
            return {
              task: { value: absoluteError(prediction, label), weight: 1 },
              sound: { value: absoluteError(heads?.sound as tf.Tensor, label), weight: 0.5 },
            };
          },
        }
      : {}),
  };
  return module as unknown as FusionModule;
}

/** One token a letter; pads with 0. */
export const letters: Tokenizer = {
  encode: (text) => [...text].map((letter) => 1 + (letter.charCodeAt(0) % (vocabulary - 1))),
  decode: (tokens) => tokens.join(' '),
  padToken: 0,
};

export interface SmallSplitOptions {
  readonly size: number;
  readonly name?: 'train' | 'valid';
  /** Changes the samples. */
  readonly change?: (sample: Sample, row: number) => Sample;
  /** Changes the audio of a row: [steps x 3]. */
  readonly sound?: (values: Float32Array, row: number) => Float32Array;
}

/** Texts of 3 to 7 letters, audio of 2 to 6 steps, labels that follow from both. */
export function createSmallSplit({ size, name = 'train', change, sound }: SmallSplitOptions): Split {
  const samples = Array.from({ length: size }, (_, row): Sample => {
    const sample = {
      id: `${name}-${row}`,
      text: 'abcdefghijk'.slice(row % 4, 3 + (row % 4) + (row % 5)),
      labels: { task: Math.fround(Math.sin(row) * 2) },
    };
    return change ? change(sample, row) : sample;
  });
  const recording = (row: number): Float32Array => {
    const values = Float32Array.from({ length: (2 + (row % 5)) * audio.width }, (_, i) => Math.sin(row + i));
    return sound ? sound(values, row) : values;
  };
  return {
    name,
    samples,
    async read(_stream, rows): Promise<RaggedRows> {
      const recordings = rows.map(recording);
      const values = new Float32Array(recordings.reduce((sum, { length }) => sum + length, 0));
      let offset = 0;
      for (const one of recordings) {
        values.set(one, offset);
        offset += one.length;
      }
      return { values, lengths: recordings.map(({ length }) => length / audio.width) };
    },
    close: async () => undefined,
  };
}
