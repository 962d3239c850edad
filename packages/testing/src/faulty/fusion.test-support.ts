/** Fusion plugins that are wrong in one way each. */
import type { FusionPlugin, LabelInput, Leaves } from '@interfuse/core';
import { mapLeaves, taskLoss, trained, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { tinyRegression } from '../mocks/tiny-host.js';
import type { Faulty } from './faulty.test-support.js';
import { counting, createSound, withManifest, withModule, withPrediction } from './sound.test-support.js';

/** [B, 1]: 1 for every sample. */
const one = (prediction: tf.Tensor): tf.Tensor => tf.ones([prediction.shape[0] as number, 1]);

/** What each is wrong in, and the check that says so. */
export const faultyFusion: { readonly [fault: string]: Faulty<FusionPlugin> } = {
  'has an id of capitals': {
    plugin: withManifest({ id: 'Not An Id' }),
    claim: 'the manifest is complete, and its id, version and interface are in order',
  },
  'has a preset that its own schema refuses': {
    plugin: withManifest({ presets: { deep: { summary: 'Deeper.', options: { dpeth: 9 } } } }),
    claim: 'the schema of the options is valid, closed and described throughout',
  },
  'leaves a nested object of its options open': {
    plugin: withManifest({
      options: {
        type: 'object',
        additionalProperties: false,
        properties: { head: { type: 'object', description: 'The head.', properties: {} } },
      },
    }),
    claim: 'the schema of the options is valid, closed and described throughout',
  },
  'makes a tensor in its factory': {
    plugin: withModule((module) => {
      tf.scalar(1);
      return module;
    }),
    claim: 'parameters are counted without reading a weight or making a tensor',
  },
  'names a leaf anew every time': {
    plugin: withModule((module) => ({
      ...module,
      parameters: { ...module.parameters, [`x${Math.random()}`]: zeros([1], { train: false }) },
    })),
    claim: 'leaves have sound shapes and names, the same every time',
  },
  'calls blocks that it does not require': {
    plugin: withModule((module, host) => {
      host.languageModel?.feedForward(0);
      return module;
    }),
    claim: 'it calls of the language model only what it requires',
  },
  'drops the batch axis at batch 1': {
    plugin: withPrediction((prediction) => (prediction.shape[0] === 1 ? tf.squeeze(prediction) : prediction)),
    claim: 'batches of one and of three give finite predictions of the declared shape, for every task',
    also: { claims: ['a sample is predicted alone as in company'], because: 'alone, a sample is a batch of one' },
  },
  'names too few axes': {
    plugin: withModule((module) => ({
      ...module,
      forward(...args) {
        const result = module.forward(...args);
        const inspect = { prediction: { values: result.output.prediction, axes: ['sample'] } };
        return { ...result, output: { ...result.output, inspect } };
      },
    })),
    claim: 'what is there to be inspected has a name for every axis',
  },
  'reads across the batch in the first of its two parts': {
    plugin: withModule((module) => ({
      ...module,
      parts: {
        read(...args) {
          const { prediction } = module.forward(...args).output;
          return { prediction: tf.mul(prediction, (prediction.shape[0] as number) / 3) };
        },
        conclude: (_, state, { prediction }) => ({ output: { prediction: prediction as tf.Tensor }, state }),
      },
    })),
    claim: 'read in pieces, a batch gives the same prediction',
  },
  'ignores the mask of a stream': {
    plugin: withPrediction((prediction, { streams }) =>
      tf.add(prediction, tf.sum(streams.audio?.values as tf.Tensor, [1, 2], false).reshape([-1, 1])),
    ),
    claim: 'values under a mask never matter',
  },
  'divides by the padded length': {
    plugin: withPrediction((prediction, { text }) => tf.div(prediction, text?.tokens.shape[1] as number)),
    claim: 'the amount of padding never matters',
  },
  'learns from labels that are not known': {
    plugin: withModule((module) => ({
      ...module,
      losses: ({ prediction }, { labels }) => ({
        task: { value: tf.mean(tf.abs(tf.sub(prediction, labels.task?.values as tf.Tensor))), weight: 1 },
      }),
    })),
    claim: 'a label that is not known teaches nothing',
  },
  'adds the position in the batch': {
    plugin: withPrediction((prediction) =>
      tf.add(prediction, tf.reshape(tf.range(0, prediction.shape[0] as number), [-1, 1])),
    ),
    claim: 'a permuted batch gives permuted predictions',
    also: { claims: ['a sample is predicted alone as in company'], because: 'alone, every sample is the first' },
  },
  'subtracts half the mean of the batch': {
    plugin: withPrediction((prediction) => tf.sub(prediction, tf.mul(0.5, tf.mean(prediction, 0)))),
    claim: 'a sample is predicted alone as in company',
  },
  'divides by the number of modalities that are present': {
    plugin: withPrediction((prediction, { text, streams }) => {
      const present = [text?.present as tf.Tensor, ...Object.values(streams).map((stream) => stream.present)];
      const count = tf.addN(present.map((each) => tf.cast(tf.expandDims(each, 1), 'float32'))); // [B, 1]
      return tf.add(prediction, tf.sub(tf.div(count, count), 1));
    }),
    claim: 'nothing at all gives finite numbers, never NaN',
  },
  'takes the logarithm of a presence': {
    plugin: withPrediction((prediction, { streams }) =>
      tf.add(prediction, tf.log(tf.cast(tf.expandDims(streams.audio?.present as tf.Tensor, 1), 'float32'))),
    ),
    claim: 'a sample that lacks a modality gets finite numbers, forward and backward',
    also: {
      claims: [
        'nothing at all gives finite numbers, never NaN',
        'every trainable leaf has a finite, non-zero gradient within two updates, or says why not',
      ],
      because: 'samples without audio are among those of both',
    },
  },
  'declares a token for what is absent and has none': {
    plugin: withManifest({ missing: 'absent-token' }),
    claim: 'a learned token stands in for what is absent',
  },
  'forgets a parameter': {
    plugin: withModule((module) => ({ ...module, parameters: { ...module.parameters, forgotten: zeros([3]) } })),
    claim: 'every trainable leaf has a finite, non-zero gradient within two updates, or says why not',
  },
  'trains a leaf of the frozen language model': {
    plugin: withManifest({
      load: async () => (_options, host) => {
        const languageModel = host.languageModel as NonNullable<typeof host.languageModel>;
        const { embedding, ...rest } = languageModel.parameters as { [name: string]: Leaves };
        const parameters = { ...rest, embedding: mapLeaves(embedding as Leaves, (leaf) => trained(leaf)) };
        return { ...createSound({ ...host, languageModel: { ...languageModel, parameters } }), prefixDepths: [] };
      },
    }),
    claim: 'a frozen language model receives no gradient and stays as it is',
  },
  'reads a value back': {
    plugin: withPrediction((prediction) => {
      prediction.dataSync();
      return prediction;
    }),
    claim: 'it reads no value back',
  },
  'writes into the batch': {
    plugin: withPrediction((prediction, batch) => {
      Object.assign(batch.streams, { audio: batch.streams.vision });
      return prediction;
    }),
    claim: 'it leaves its inputs as they are',
  },
  'disposes of its inputs': {
    plugin: withPrediction((prediction, batch) => {
      batch.streams.audio?.present.dispose();
      return prediction;
    }),
    claim: 'it leaves its inputs as they are',
  },
  'returns the state that it was given': {
    plugin: withModule((module) => ({
      ...module,
      forward: (params, state, batch, pass) => ({ ...module.forward(params, state, batch, pass), state }),
    })),
    claim: 'state comes back as declared, that of the encoders advanced',
  },
  'draws numbers without the seed': {
    plugin: withPrediction((prediction, _batch, { training }) =>
      training ? tf.mul(prediction, 0.9 + 0.2 * Math.random()) : prediction,
    ),
    claim: 'the same seed gives the same bits, forward and backward, dropout included',
    also: {
      claims: [
        'values under a mask never matter',
        'a label that is not known teaches nothing',
        'nothing is kept between calls',
        'every engine gives the same numbers',
        'a memoised prefix of the language model changes nothing',
      ],
      because: 'they compare two training passes',
    },
  },
  'remembers the size of the batch before': {
    plugin: withModule((module) => {
      let trainedOn: number | undefined;
      return {
        ...module,
        forward(params, before, batch, pass) {
          const { output, state } = module.forward(params, before, batch, pass);
          const size = batch.rows.shape[0] as number;
          const prediction = tf.add(output.prediction, ((trainedOn ?? size) - size) / 10);
          if (pass.training) trainedOn = size;
          return { output: { prediction }, state };
        },
      };
    }),
    claim: 'nothing is kept between calls',
  },
  'projects by numbers that no leaf holds': {
    plugin: withModule((module) => {
      const factor = Math.random();
      return {
        ...module,
        forward(...args) {
          const { output, state } = module.forward(...args);
          return { output: { prediction: tf.mul(output.prediction, factor) }, state };
        },
      };
    }),
    claim: 'saved and loaded, it predicts the same',
    also: {
      claims: [
        'the same seed gives the same bits, forward and backward, dropout included',
        'every engine gives the same numbers',
      ],
      because: 'both make the module a second time',
    },
  },
  'computes something else on another backend': {
    plugin: withPrediction((prediction) => (tf.getBackend() === 'wasm' ? tf.mul(prediction, 1.01) : prediction)),
    claim: 'every engine gives the same numbers',
  },
  'remembers something else on another backend': {
    plugin: withModule((module) => counting(module, () => (tf.getBackend() === 'wasm' ? 1.01 : 1))),
    claim: 'every engine gives the same numbers',
  },
  'takes a memoised text for another one': {
    plugin: withPrediction((prediction, { text }) => (text?.prefix ? tf.add(prediction, 1) : prediction)),
    claim: 'a memoised prefix of the language model changes nothing',
  },
  'predicts the same for everything': {
    plugin: withPrediction((prediction) => tf.add(tf.mul(prediction, 0), one(prediction))),
    claim: 'it learns eight samples by heart',
    also: {
      claims: ['every trainable leaf has a finite, non-zero gradient within two updates, or says why not'],
      because: 'a constant has no gradient',
    },
  },
  'describes an option inside of another with no word': {
    plugin: withManifest({
      options: {
        type: 'object',
        additionalProperties: false,
        properties: {
          head: {
            type: 'object',
            additionalProperties: false,
            description: 'The head.',
            properties: { width: { type: 'integer' } },
          },
        },
      },
    }),
    claim: 'the schema of the options is valid, closed and described throughout',
  },
  'has a default that its own schema refuses': {
    plugin: withManifest({
      options: {
        type: 'object',
        additionalProperties: false,
        properties: { width: { type: 'integer', minimum: 1, default: 0, description: 'The width.' } },
      },
    }),
    claim: 'the schema of the options is valid, closed and described throughout',
    also: { claims: 'all that follow', because: 'without valid options there is no module to try' },
  },
  'breaks the masks by default': {
    plugin: withModule((module) => ({ ...module, faithful: 'a published program counts the pads' })),
    claim: 'masks are the default',
  },
  'has a head for one task only': {
    plugin: withManifest({
      load: async () => (_options, host) => createSound({ ...host, task: tinyRegression }),
    }),
    claim: 'batches of one and of three give finite predictions of the declared shape, for every task',
  },
  'chooses on a value': {
    plugin: withPrediction((prediction, _batch, { epoch }) =>
      (epoch.dataSync()[0] as number) > 5 ? tf.mul(prediction, 2) : prediction,
    ),
    claim: 'it reads no value back',
  },
  'divides its loss by the number of known labels': {
    plugin: withModule((module) => ({
      ...module,
      losses({ prediction }, { labels }) {
        const known = tf.cast(tf.expandDims(labels.task?.known as tf.Tensor, 1), 'float32'); // [B, 1]
        const errors = tf.mul(known, tf.abs(tf.sub(prediction, labels.task?.values as tf.Tensor)));
        return { task: { value: tf.div(tf.sum(errors), tf.sum(known)), weight: 1 } };
      },
    })),
    claim: 'a label that is not known teaches nothing',
  },
  'has a loss that is not finite': {
    plugin: withModule((module, { task }) => ({
      ...module,
      losses({ prediction }, { labels }) {
        const value = taskLoss(task, prediction, labels.task as LabelInput);
        return { task: { value, weight: 1 }, spread: { value: tf.log(tf.mul(0, tf.sum(prediction))), weight: 0.1 } };
      },
    })),
    claim: 'batches of one and of three give finite predictions of the declared shape, for every task',
    also: {
      claims: [
        'values under a mask never matter',
        'a label that is not known teaches nothing',
        'a sample that lacks a modality gets finite numbers, forward and backward',
        'nothing at all gives finite numbers, never NaN',
        'every trainable leaf has a finite, non-zero gradient within two updates, or says why not',
        'every engine gives the same numbers',
        'a memoised prefix of the language model changes nothing',
        'it learns eight samples by heart',
      ],
      because: 'no gradient is finite after such a loss',
    },
  },
};
