/** A sound fusion plugin for tests, and ways to make it wrong in one respect. */
import {
  type Batch,
  defineFusion,
  type FusionHost,
  type FusionModule,
  type FusionPlugin,
  type Pass,
  type Tensors,
  taskOutputs,
} from '@interfuse/core';
import {
  batchText,
  dropout,
  encoderLeaves,
  encodeStreams,
  hostLanguageModel,
  inFork,
  linear,
  linearLeaves,
  maskedMean,
  zeros,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

const depth = 2;

/** The means of the text, after two blocks of the language model, and of all streams, side by side into a linear head. */
export function createSound(host: FusionHost) {
  const languageModel = hostLanguageModel(host, 'sound');
  const encoders = encoderLeaves(host.encoders);
  const widths = Object.values(host.encoders).map(({ width }) => width);
  const joint = widths.reduce((sum, width) => sum + width, languageModel.config.width);
  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    hidden: linearLeaves(joint, 16),
    output: linearLeaves(16, taskOutputs(host.task)),
  };
  const state = { encoders: encoders.state };

  function forward(params: Tensors<typeof parameters>, before: Tensors<typeof state>, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'sound');
    const words = languageModel.prefix(params.languageModel, text, depth, pass); // [B, L, d]
    const streamed = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const vectors = [
      maskedMean(words, text.mask),
      ...Object.values(streamed.encoded).map(({ values, mask }) => maskedMean(values, mask)),
    ];
    const hidden = tf.relu(linear(params.hidden, tf.concat(vectors, 1)));
    const prediction = linear(params.output, dropout(hidden, 0.1, inFork(pass, 'head')));
    return { output: { prediction }, state: { encoders: streamed.state } };
  }

  return { parameters, state, prefixDepths: [depth], forward };
}

export const sound: FusionPlugin = defineFusion({
  id: 'sound',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Sound',
  summary: 'Keeps every promise.',
  category: 'late',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'zeros',
  padding: 'invariant',
  options: { type: 'object', additionalProperties: false, properties: {} },
  load: async () => (_options, host) => createSound(host),
});

/** The sound plugin with another manifest. */
export function withManifest(changes: Partial<FusionPlugin>): FusionPlugin {
  return { ...sound, ...changes };
}

/** The sound plugin with another module. */
export function withModule(change: (module: FusionModule, host: FusionHost) => FusionModule): FusionPlugin {
  return withManifest({ load: async () => (_options, host) => change(createSound(host), host) });
}

/** The sound plugin, what it predicts changed. */
export function withPrediction(change: (prediction: tf.Tensor, batch: Batch, pass: Pass) => tf.Tensor): FusionPlugin {
  return withModule((module) => ({
    ...module,
    forward(params, state, batch, pass) {
      const result = module.forward(params, state, batch, pass);
      return { ...result, output: { prediction: change(result.output.prediction, batch, pass) } };
    },
  }));
}

/** It counts the samples that it has trained on, `by` at a time, from its second epoch on. */
export function counting(module: FusionModule, by: () => number): FusionModule {
  return {
    ...module,
    state: { ...module.state, trained: zeros([1], { train: false }) },
    forward(params, state, batch, pass) {
      const { output, state: next } = module.forward(params, state, batch, pass);
      return { output, state: { ...next, trained: (state as { trained: tf.Tensor }).trained } };
    },
    afterStep(state, _, { rows }, { epoch }) {
      const { trained: before } = state as { trained: tf.Tensor };
      const later = tf.cast(tf.greater(epoch, 0), 'float32');
      return { ...state, trained: tf.add(before, tf.mul(later, rows.size * by())) };
    },
  };
}
