/** A small run for tests: a bundled language model, two streams, and one batch on the reference engine. */
import type {
  Batch,
  Engine,
  FusionHost,
  FusionModule,
  HostTensor,
  HostTensors,
  LanguageModel,
  TensorMap,
} from '@interfuse/core';
import { transformer } from '@interfuse/encoders';
import { cpu } from '@interfuse/engine-tfjs';
import { checkpointFolder, loadLanguageModel } from '@interfuse/lm-adapters';
import { createRandom, flattenLeaves, nestTensors, taskLoss, valueAndGradients } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const streams = {
  audio: { name: 'audio', width: 5, maximumLength: 12 },
  vision: { name: 'vision', width: 4, maximumLength: 12 },
};

export async function createHost(): Promise<FusionHost> {
  const create = await transformer.load();
  const options = {
    width: 8,
    layers: 1,
    heads: 2,
    feedForward: null,
    dropout: 0,
    steps: 4,
    align: 'local',
    masked: true,
    batchNorm: false,
  } as const;
  return {
    languageModel: await loadLanguageModel(checkpointFolder('stories260k', (path) => path)),
    encoders: {
      audio: create(options, { stream: streams.audio, logger }),
      vision: create(options, { stream: streams.vision, logger }),
    },
    streams,
    text: { length: 8 },
    task: { kind: 'regression', range: [-3, 3] },
    logger,
  };
}

export const createEngine = async (): Promise<Engine> => (await cpu.load())({}, { logger });

export interface BatchSettings {
  /** Slots of text and frames of streams after the longest sample. */
  readonly padding?: number;
  /** What lies under the masks of the streams. */
  readonly under?: number;
  /** Modalities that all samples lack. */
  readonly without?: readonly string[];
  /** Added to every real frame of a stream. */
  readonly shift?: { readonly [stream: string]: number };
}

/** Three samples of different lengths, deterministic. */
export function hostBatch({ padding = 0, under = 0, without = [], shift = {} }: BatchSettings = {}): HostTensors {
  const size = 3;
  const tensors: Record<string, HostTensors[string]> = {
    rows: { shape: [size], type: 'int32', data: Int32Array.of(0, 1, 2) },
    step: { shape: [], type: 'int32', data: Int32Array.of(0) },
    'labels/task/values': { shape: [size, 1], type: 'float32', data: Float32Array.of(1.5, -0.7, 0.2) },
    'labels/task/known': { shape: [size], type: 'bool', data: Uint8Array.of(1, 1, 1) },
  };
  const sequence = (name: string, lengths: readonly number[], values: (mask: Uint8Array, steps: number) => void) => {
    const steps = Math.max(...lengths) + padding;
    const mask = new Uint8Array(size * steps);
    const present = without.includes(name) ? 0 : 1;
    lengths.forEach((length, sample) => {
      mask.fill(present, sample * steps, sample * steps + length);
    });
    const path = name === 'text' ? 'text' : `streams/${name}`;
    tensors[`${path}/mask`] = { shape: [size, steps], type: 'bool', data: mask };
    tensors[`${path}/present`] = { shape: [size], type: 'bool', data: new Uint8Array(size).fill(present) };
    values(mask, steps);
  };
  sequence('text', [5, 3, 6], (mask, steps) => {
    const tokens = Int32Array.from(mask, (real, i) =>
      real ? 3 + (((i % steps) * 37 + Math.floor(i / steps) * 11) % 400) : 0,
    );
    tensors['text/tokens'] = { shape: [size, steps], type: 'int32', data: tokens };
  });
  for (const [name, { width }] of Object.entries(streams)) {
    sequence(name, name === 'audio' ? [7, 4, 2] : [3, 6, 5], (mask, steps) => {
      const frame = (i: number): number => Math.floor(i / width);
      const place = (i: number): number => Math.floor(frame(i) / steps) * 31 + (frame(i) % steps) * width + (i % width);
      const data = Float32Array.from({ length: size * steps * width }, (_, i) =>
        mask[frame(i)] ? Math.sin(place(i)) + (shift[name] ?? 0) : under,
      );
      tensors[`streams/${name}/values`] = { shape: [size, steps, width], type: 'float32', data };
    });
  }
  return tensors;
}

/** The same batch with other words. */
export function otherWords(batch: HostTensors): HostTensors {
  const { shape, type, data } = batch['text/tokens'] as HostTensor;
  return { ...batch, 'text/tokens': { shape, type, data: data.map((token) => token && 3 + ((token * 7) % 400)) } };
}

function nestBatch(inputs: TensorMap): Batch {
  const at = (path: string): tf.Tensor => inputs[path] as tf.Tensor;
  const stream = (name: string) => ({
    values: at(`streams/${name}/values`),
    mask: at(`streams/${name}/mask`),
    present: at(`streams/${name}/present`),
  });
  const prefixes = Object.keys(inputs).filter((path) => path.startsWith('text/prefix/'));
  const prefix = Object.fromEntries(prefixes.map((path) => [Number(path.slice('text/prefix/'.length)), at(path)]));
  return {
    rows: at('rows'),
    text: { tokens: at('text/tokens'), mask: at('text/mask'), present: at('text/present'), prefix },
    streams: { audio: stream('audio'), vision: stream('vision') },
    labels: { task: { values: at('labels/task/values'), known: at('labels/task/known') } },
  };
}

/** Runs the module on a batch: its predictions, or the gradients of its task loss by path. */
export async function createTrial(engine: Engine, module: FusionModule) {
  const tree = { parameters: module.parameters, state: module.state };
  const store = engine.createStore();
  await store.allocate(flattenLeaves(tree), 1);

  function forward(variables: TensorMap, inputs: TensorMap, training: boolean) {
    const { parameters, state } = nestTensors(tree, variables);
    const pass = { training, epoch: tf.scalar(0, 'int32'), random: createRandom(1, inputs.step as tf.Tensor) };
    return module.forward(parameters, state, nestBatch(inputs), pass).output;
  }
  const prediction = engine.compile(
    {
      name: 'predict',
      run: (variables, inputs) => ({
        updates: {},
        outputs: { prediction: forward(variables, inputs, false).prediction },
      }),
    },
    store,
  );
  const observation = engine.compile(
    {
      name: 'observe',
      run(variables, inputs) {
        const { heads = {}, inspect = {} } = forward(variables, inputs, false);
        const shown = Object.entries(inspect).map(([name, { values }]) => [name, values] as const);
        return { updates: {}, outputs: { ...heads, ...Object.fromEntries(shown) } };
      },
    },
    store,
  );
  const gradients = engine.compile(
    {
      name: 'gradients',
      run(variables, inputs) {
        const { gradients } = valueAndGradients((tensors) => {
          const { labels } = nestBatch(inputs);
          const output = forward(tensors, inputs, true);
          const label = labels.task as NonNullable<(typeof labels)[string]>;
          return { value: taskLoss({ kind: 'regression', range: [-3, 3] }, output.prediction, label), rest: {} };
        }, variables);
        const largest = Object.entries(gradients).map(([path, gradient]) => [path, tf.max(tf.abs(gradient))] as const);
        return { updates: {}, outputs: Object.fromEntries(largest) };
      },
    },
    store,
  );
  /** Of a frozen language model, whose weights are stored. */
  async function prefix(model: LanguageModel, batch: HostTensors, depth: number): Promise<HostTensor> {
    const own = engine.createStore();
    await own.allocate(flattenLeaves(model.parameters), 1);
    const program = engine.compile(
      {
        name: 'prefix',
        run(variables, inputs) {
          const { text } = nestBatch(inputs);
          const pass = {
            training: false,
            epoch: tf.scalar(0, 'int32'),
            random: createRandom(1, inputs.step as tf.Tensor),
          };
          const params = nestTensors(model.parameters, variables);
          return {
            updates: {},
            outputs: { read: model.prefix(params, text as NonNullable<typeof text>, depth, pass) },
          };
        },
      },
      own,
    );
    return (await program.run(batch)).read as HostTensor;
  }

  return {
    store,
    prefix,
    predict: async (batch: HostTensors) => Array.from((await prediction.run(batch)).prediction?.data ?? []),
    /** Predictions of single heads, and what is there to be inspected, by name. */
    observe: async (batch: HostTensors): Promise<Record<string, number[]>> =>
      Object.fromEntries(
        Object.entries(await observation.run(batch)).map(([name, { data }]) => [name, Array.from(data)] as const),
      ),
    largestGradients: async (batch: HostTensors) =>
      new Map(Object.entries(await gradients.run(batch)).map(([path, { data }]) => [path, data[0] as number])),
  };
}
