/**
 * MISA (Hazarika et al. 2020, arXiv 2005.03545): every utterance vector is projected to a space that all modalities share
 * and to one of its own; one transformer layer fuses the six vectors. Letters: B batch, M modalities, d width.
 */
import { type Batch, type FusionHost, type FusionModule, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import { dropout, inFork, layerNorm, layerNormLeaves, linear, linearLeaves, relu, twoParts } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { checkHeads } from '../shared/by-modality.js';
import { type ByModality, forEachModality, modalityReader, presenceWeights } from '../shared/modalities.js';
import { utteranceLeaves, utteranceVectors } from '../shared/utterance-vectors.js';
import { fusionLayer, fusionLayerLeaves } from './fusion-layer.js';
import { misaLosses } from './losses.js';
import type { MisaOptions } from './plugin.js';

export function createMisa(options: MisaOptions, host: FusionHost): FusionModule {
  const { width, heads, lossWeights, dropout: rate } = options;
  checkHeads(heads, width);
  const { read, widths: inputs, prefixDepths, samplesAlone, ...reader } = modalityReader(host, 'misa');
  const modalities = Object.keys(inputs);
  const same = forEachModality(inputs, () => width);
  const utterances = utteranceLeaves(inputs, same);
  const joint = 2 * modalities.length * width;
  const parameters = {
    ...reader.parameters,
    utterances: utterances.parameters,
    norms: forEachModality(inputs, () => layerNormLeaves(width)),
    private: forEachModality(inputs, () => linearLeaves(width, width)),
    shared: linearLeaves(width, width),
    ...(lossWeights.reconstruction > 0
      ? { reconstruction: forEachModality(inputs, () => linearLeaves(width, width)) }
      : {}),
    fusion: fusionLayerLeaves(width, options.feedForward ?? 4 * width),
    head: { hidden: linearLeaves(joint, joint / 2), output: linearLeaves(joint / 2, taskOutputs(host.task)) },
  };
  const state = { ...reader.state, utterances: utterances.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;
  type Linear = Tensors<ReturnType<typeof linearLeaves>>;

  /** u_m, h_m^p, h_m^c and, where there is a decoder, what it makes of h_m^p + h_m^c: [B, d] each. */
  function project(params: Parameters, vectors: ByModality<tf.Tensor>): Record<string, tf.Tensor> {
    const parts: Record<string, tf.Tensor> = {};
    for (const [modality, vector] of Object.entries(vectors)) {
      const u = layerNorm(params.norms[modality] as Parameters['norms'][string], vector);
      const own = tf.sigmoid(linear(params.private[modality] as Linear, u));
      const shared = tf.sigmoid(linear(params.shared, u));
      parts[`utterance/${modality}`] = u;
      parts[`private/${modality}`] = own;
      parts[`shared/${modality}`] = shared;
      const decoder = params.reconstruction?.[modality];
      if (decoder) parts[`reconstruction/${modality}`] = linear(decoder, tf.add(own, shared));
    }
    return parts;
  }

  /** The six vectors through the transformer layer, side by side: [B, 2 M d], zeros for what is absent. */
  function fuse(params: Parameters, parts: Record<string, tf.Tensor>, batch: Batch, pass: Pass): tf.Tensor {
    const named = ['private', 'shared'].flatMap((part) => modalities.map((modality) => `${part}/${modality}`));
    const six = tf.stack(
      named.map((name) => parts[name] as tf.Tensor),
      1,
    ); // [B, 2 M, d]
    const present = tf.concat(
      [...modalities, ...modalities].map((modality) => presenceWeights(batch, modality)),
      1,
    ); // [B, 2 M]
    const fused = fusionLayer(params.fusion, six, tf.cast(present, 'bool'), { heads, rate, pass });
    return tf.reshape(tf.mul(fused, tf.expandDims(present, 2)), [-1, joint]);
  }

  function conclude(params: Parameters, before: State, pooled: ByModality<tf.Tensor>, batch: Batch, pass: Pass) {
    const { vectors, state: after } = utteranceVectors(params.utterances, before.utterances, pooled, batch, {
      rate: 0,
      pass,
    });
    const parts = project(params, vectors);
    const fused = fuse(params, parts, batch, inFork(pass, 'fusion'));
    const hidden = relu(dropout(linear(params.head.hidden, fused), rate, inFork(pass, 'head')));
    const output = { prediction: linear(params.head.output, hidden), heads: parts };
    return { output, state: { utterances: after } };
  }

  return {
    parameters,
    state,
    prefixDepths,
    ...twoParts(read, conclude, { samplesAlone }),
    losses: (output, batch) => misaLosses(output, batch, { task: host.task, modalities, weights: lossWeights }),
  };
}
