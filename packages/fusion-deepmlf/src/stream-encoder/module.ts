/**
 * Pre-training of E_AV (arXiv 2504.11082, fusion curriculum; algorithm of the released program): the last step of
 * [a ; v] through the join and a linear head, against the label of all modalities. Its leaves have the paths that they
 * have in DeepMLF. The layer norm of Z is DeepMLF's own and is not among them.
 */
import { type Batch, type FusionHost, type FusionModule, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import {
  encodeSamplesAlone,
  encodeStreams,
  inFork,
  lastReal,
  linear,
  linearLeaves,
  maskedMean,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { jointStreamLeaves } from '../joint-streams.js';
import { augmentStreams } from '../seqaug.js';
import type { StreamEncoderOptions } from './plugin.js';
import { recipe } from './recipe.js';

export function createStreamEncoder(options: StreamEncoderOptions, host: FusionHost): FusionModule {
  const { pool, seqAug } = options;
  const streams = jointStreamLeaves(host.encoders, options.streamWidth);
  const { encoders, join } = streams.parameters;
  const parameters = { streams: { encoders, join }, head: linearLeaves(streams.width, taskOutputs(host.task)) };
  const state = { streams: { encoders: streams.state } };
  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;
  const pooled = pool === 'last' ? lastReal : maskedMean;

  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const augmented = augmentStreams(batch.streams, seqAug.streamFeatures, inFork(pass, 'seqAug/streams'));
    const { encoded, state: after } = encodeStreams(
      host.encoders,
      params.streams.encoders,
      before.streams.encoders,
      { streams: augmented },
      pass,
    );
    const sides = Object.values(encoded).map(({ values, mask }) => pooled(values, mask)); // [B, width] each
    return { read: { sides: tf.concat(sides, 1) }, state: { streams: { encoders: after } } };
  }

  function conclude(params: Parameters, _before: State, { sides }: { sides: tf.Tensor }) {
    const joint = linear(params.streams.join, sides); // [B, e]
    return { output: { prediction: linear(params.head, joint) }, state: {} };
  }

  return {
    parameters,
    state,
    ...twoParts(read, conclude, { samplesAlone: encodeSamplesAlone(host.encoders) }),
    recipe,
  };
}
