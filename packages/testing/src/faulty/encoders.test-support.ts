/** Encoders that are wrong in one way each. */
import type { Encoder, EncoderPlugin, Pass, StreamInput } from '@interfuse/core';
import { zeroMasked, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { tinyEncoder } from '../mocks/tiny-encoder.js';
import { tinyEncoderPlugin } from '../mocks/tiny-encoder-plugin.js';
import type { Faulty } from './faulty.test-support.js';

/** The tiny encoder, changed. */
function withEncoder(change: (encoder: Encoder) => Partial<Encoder>): EncoderPlugin {
  return {
    ...tinyEncoderPlugin,
    load: async () => (_options, host) => {
      const encoder = tinyEncoder(host.stream);
      return { ...encoder, ...change(encoder) };
    },
  };
}

/** What it returns, changed; zeros stay under the mask. */
function withValues(change: (values: tf.Tensor, input: StreamInput, pass: Pass) => tf.Tensor): EncoderPlugin {
  return withEncoder(({ encode }) => ({
    encode(params, state, input, pass) {
      const { encoded, ...rest } = encode(params, state, input, pass);
      const values = zeroMasked(change(encoded.values, input, pass), encoded.mask);
      return { ...rest, encoded: { ...encoded, values } };
    },
  }));
}

export const faultyEncoders: { readonly [fault: string]: Faulty<EncoderPlugin> } = {
  'leaves a nested object of its options open': {
    plugin: {
      ...tinyEncoderPlugin,
      options: {
        type: 'object',
        additionalProperties: false,
        properties: { inner: { type: 'object', description: 'More.', properties: {} } },
      },
    },
    claim: 'the schema of the options is valid, closed and described throughout',
  },
  'makes a tensor in its factory': {
    plugin: withEncoder(() => {
      tf.scalar(1);
      return {};
    }),
    claim: 'parameters are counted without making a tensor',
  },
  'names a leaf anew every time': {
    plugin: withEncoder(({ parameters }) => ({
      parameters: { ...parameters, [`x${Math.random()}`]: zeros([1], { train: false }) },
    })),
    claim: 'leaves have sound shapes and names, the same every time',
  },
  'counts padding by default': {
    plugin: withEncoder(() => ({ faithful: 'as published' })),
    claim: 'masks are the default',
  },
  'declares another width': {
    plugin: withEncoder(({ width }) => ({ width: width + 1 })),
    claim: 'batches of one and of three give finite vectors of the declared width and number of steps',
  },
  'adds a bias after the masking': {
    plugin: withEncoder(({ encode }) => ({
      encode(params, state, input, pass) {
        const { encoded, ...rest } = encode(params, state, input, pass);
        return { ...rest, encoded: { ...encoded, values: tf.add(encoded.values, 1) } };
      },
    })),
    claim: 'vectors are zero and closed where nothing is real',
  },
  'ignores the mask': {
    plugin: withValues((values, input) => tf.add(values, tf.sum(input.values, [1, 2], true))),
    claim: 'values under a mask never matter',
  },
  'divides by the padded length': {
    plugin: withValues((values, input) => tf.div(values, input.values.shape[1] as number)),
    claim: 'the amount of padding never matters',
  },
  'adds the position in the batch': {
    plugin: withValues((values) => tf.add(values, tf.reshape(tf.range(0, values.shape[0] as number), [-1, 1, 1]))),
    claim: 'a permuted batch gives permuted vectors',
    also: { claims: ['a sample is encoded alone as in company'], because: 'alone, every sample is the first' },
  },
  'subtracts the mean of the batch': {
    plugin: withValues((values) => tf.sub(values, tf.mean(tf.slice(values, [0, 0, 0], [-1, 1, -1]), 0, true))),
    claim: 'a sample is encoded alone as in company',
  },
  'divides by the number of real steps': {
    plugin: withValues((values, { mask, present }) => {
      const real = tf.logicalAnd(mask, tf.expandDims(present, 1));
      const count = tf.expandDims(tf.sum(tf.cast(real, 'float32'), 1, true), 2); // [B, 1, 1]
      return tf.mul(values, tf.div(count, count));
    }),
    claim: 'a sample without the stream gives finite numbers, forward and backward',
  },
  'forgets a parameter': {
    plugin: withEncoder(({ parameters }) => ({ parameters: { ...parameters, forgotten: zeros([3]) } })),
    claim: 'every trainable leaf has a finite, non-zero gradient within two updates, or says why not',
  },
  'loses a leaf of its state': {
    plugin: withEncoder(({ encode }) => ({
      encode: (...args) => ({ ...encode(...args), state: {} }),
    })),
    claim: 'state comes back as declared, and only training changes it',
  },
  'changes its state in evaluation': {
    plugin: withEncoder(({ encode }) => ({
      encode(params, state, input, pass) {
        const first = tf.slice(tf.reshape(input.values, [-1]), 0, 1); // [1]
        return { ...encode(params, state, input, pass), state: { passes: first } };
      },
    })),
    claim: 'state comes back as declared, and only training changes it',
  },
  'reads a value back': {
    plugin: withValues((values) => {
      values.dataSync();
      return values;
    }),
    claim: 'it reads no value back',
  },
  'disposes of its input': {
    plugin: withValues((values, { present }) => {
      present.dispose();
      return values;
    }),
    claim: 'it leaves its inputs as they are',
  },
  'draws numbers without the seed': {
    plugin: withValues((values, _input, { training }) =>
      training ? tf.mul(values, 0.9 + 0.2 * Math.random()) : values,
    ),
    claim: 'the same seed gives the same bits, forward and backward, dropout included',
    also: {
      claims: ['nothing is kept between calls', 'every engine gives the same numbers'],
      because: 'both compare training passes, too',
    },
  },
  'remembers the size of the batch before': {
    plugin: withEncoder(({ encode }) => {
      let trainedOn: number | undefined;
      return {
        encode(params, state, input, pass) {
          const { encoded, ...rest } = encode(params, state, input, pass);
          const size = input.values.shape[0] as number;
          const values = tf.mul(encoded.values, 1 + ((trainedOn ?? size) - size) / 10);
          if (pass.training) trainedOn = size;
          return { ...rest, encoded: { ...encoded, values } };
        },
      };
    }),
    claim: 'nothing is kept between calls',
  },
  'computes something else on another backend': {
    plugin: withValues((values) => tf.mul(values, tf.getBackend() === 'wasm' ? 1.01 : 1)),
    claim: 'every engine gives the same numbers',
  },
};
