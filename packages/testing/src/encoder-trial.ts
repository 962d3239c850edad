/** An encoder with fresh variables on an engine, and one tiny stream for it to encode. */
import type {
  Encoder,
  EncoderPlugin,
  Engine,
  EnginePlugin,
  FusionHost,
  HostTensors,
  Step,
  StreamInput,
  TensorMap,
} from '@interfuse/core';
import { createRandom, flattenLeaves, flattenTensors, nestTensors, valueAndGradients } from '@interfuse/nn';
import { batchFromInputs, scalarInt } from '@interfuse/training/loop';
import * as tf from '@tensorflow/tfjs';
import type { Claim, Tried } from './claim.js';
import { silent } from './mocks/silent.js';
import { type TinyBatchSettings, tinyBatch } from './mocks/tiny-batch.js';
import { tinyHost } from './mocks/tiny-host.js';
import { fillOptions, withEngine } from './with-engine.js';

const seed = 7;
const rate = 0.01;

export interface EncoderSubject extends Tried {
  readonly plugin: EncoderPlugin;
  /** The first does everything; the others are compared with it. */
  readonly engines: readonly [EnginePlugin, ...EnginePlugin[]];
}

export type EncoderClaim = Claim<EncoderSubject>;

/** A host of one stream, `audio`, of width 5 and at most 9 steps. */
const host: FusionHost = tinyHost({ requires: { streams: { min: 1, max: 1 } } });
const stream = Object.values(host.streams)[0] as NonNullable<FusionHost['streams'][string]>;

/** `streams/audio/values`, `/mask` and `/present` of a tiny batch. */
export function tinyStream(settings: TinyBatchSettings): HostTensors {
  const entries = Object.entries(tinyBatch(host, settings)).filter(([path]) => path.startsWith('streams/'));
  return Object.fromEntries(entries);
}

/** The same samples, of which these lack the stream. */
export function withoutStream(size: number, samples: readonly number[]): HostTensors {
  return tinyStream({ size, absent: (sample) => (samples.includes(sample) ? [stream.name] : []) });
}

/** @throws CONFIG_... if the options do not fit the plugin's schema */
export async function makeEncoder({ plugin, options }: EncoderSubject): Promise<Encoder> {
  const create = await plugin.load();
  return create(fillOptions(plugin, options) as never, { stream, logger: silent });
}

export interface EncoderTrial {
  readonly encoder: Encoder;
  /** `values`, `mask` and `state/<path>` of an evaluation. */
  encode(input: HostTensors): Promise<HostTensors>;
  /** The same of a training pass, and `gradients/<path>` of a score that weighs every number of `values` differently. */
  differentiate(input: HostTensors, step?: number): Promise<HostTensors>;
  /** Follows those gradients downwards. */
  update(gradients: HostTensors): Promise<void>;
}

export interface EncoderTrialChoices {
  /** Default: the first of the subject. */
  readonly engine?: EnginePlugin;
  /** The encoder that is tried in place of the plugin's own, such as one that is watched. */
  readonly change?: (encoder: Encoder) => Encoder;
  /** Default: one made for this trial. */
  readonly encoder?: Encoder;
}

/** A trial of the plugin from its factory on, freed afterwards. */
export async function withEncoder<R>(
  subject: EncoderSubject,
  use: (trial: EncoderTrial) => Promise<R>,
  { engine: enginePlugin = subject.engines[0], change = (made) => made, encoder: given }: EncoderTrialChoices = {},
): Promise<R> {
  const encoder = change(given ?? (await makeEncoder(subject)));
  return withEngine(enginePlugin, (engine) => useEncoder(engine, encoder, use));
}

async function useEncoder<R>(engine: Engine, encoder: Encoder, use: (trial: EncoderTrial) => Promise<R>): Promise<R> {
  const tree = { parameters: encoder.parameters, state: encoder.state };
  const leaves = flattenLeaves(tree);
  const trainable = [...flattenLeaves(encoder.parameters, 'parameters')].filter(([, { train }]) => train);
  const store = engine.createStore();
  await store.allocate(leaves, seed);

  function encodeIn(variables: TensorMap, inputs: TensorMap, training: boolean) {
    const { parameters, state } = nestTensors(tree, variables);
    const input = batchFromInputs({ ...inputs, rows: tf.scalar(0) }).streams[stream.name] as StreamInput;
    const pass = {
      training,
      epoch: tf.scalar(0, 'int32'),
      random: createRandom(seed, inputs.step as tf.Tensor),
    };
    const { encoded, state: after } = encoder.encode(parameters, state, input, pass);
    return { values: encoded.values, mask: encoded.mask, ...flattenTensors(after, 'state') };
  }

  const encode: Step = {
    name: 'encode',
    run: (variables, inputs) => ({ updates: {}, outputs: encodeIn(variables, inputs, false) }),
  };
  const differentiate: Step = {
    name: 'differentiate',
    run(variables, inputs) {
      const score = (parameters: TensorMap) => {
        const outputs = encodeIn({ ...variables, ...parameters }, inputs, true);
        return { value: tf.sum(tf.mul(outputs.values, unlike(outputs.values))), rest: outputs };
      };
      const tried = Object.fromEntries(trainable.map(([path]) => [path, variables[path] as tf.Tensor]));
      const { rest, gradients } = valueAndGradients(score, tried);
      const named = Object.entries(gradients).map(([path, gradient]) => [`gradients/${path}`, gradient]);
      return { updates: {}, outputs: { ...rest, ...Object.fromEntries(named) } };
    },
  };
  const [encoding, differentiating] = [engine.compile(encode, store), engine.compile(differentiate, store)];
  try {
    return await use({
      encoder,
      encode: (input) => encoding.run({ ...input, step: scalarInt(0) }),
      differentiate: (input, step = 0) => differentiating.run({ ...input, step: scalarInt(step) }),
      async update(gradients) {
        const before = await store.read(trainable.map(([path]) => path));
        const after = Object.entries(before).map(([path, tensor]) => {
          const slope = gradients[`gradients/${path}`]?.data ?? [];
          return [path, { ...tensor, data: Float32Array.from(tensor.data, (x, i) => x - rate * (slope[i] ?? 0)) }];
        });
        await store.write(Object.fromEntries(after));
      },
    });
  } finally {
    store.dispose?.();
  }
}

/** Weights from -1 to 1 without a pattern that a norm or a mean would cancel. */
function unlike(values: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.cos(tf.mul(tf.range(0, values.size), 3)), values.shape);
}
