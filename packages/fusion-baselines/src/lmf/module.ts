/** Low-rank Multimodal Fusion (Liu et al. 2018, arXiv 1806.00064): a linear map of TFN's tensor, in factors. */
import { type Batch, type FusionHost, type FusionModule, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import { twoParts } from '@interfuse/nn';
import type * as tf from '@tensorflow/tfjs';
import { type ByModality, modalityReader } from '../shared/modalities.js';
import { perModality } from '../shared/per-modality.js';
import { utteranceLeaves, utteranceVectors } from '../shared/utterance-vectors.js';
import { lowRankFusion, lowRankLeaves } from './low-rank-fusion.js';
import type { LmfOptions } from './plugin.js';

export function createLmf(options: LmfOptions, host: FusionHost): FusionModule {
  const { read, widths: inputs, prefixDepths, samplesAlone, ...reader } = modalityReader(host, 'lmf');
  const widths = perModality(options.widths, inputs, 'widths');
  const utterances = utteranceLeaves(inputs, widths);
  const parameters = {
    ...reader.parameters,
    utterances: utterances.parameters,
    fusion: lowRankLeaves(widths, options.rank, taskOutputs(host.task)),
  };
  const state = { ...reader.state, utterances: utterances.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function conclude(params: Parameters, before: State, pooled: ByModality<tf.Tensor>, batch: Batch, pass: Pass) {
    const { vectors, state: after } = utteranceVectors(params.utterances, before.utterances, pooled, batch, {
      rate: options.utteranceDropout,
      pass,
    });
    return { output: { prediction: lowRankFusion(params.fusion, vectors) }, state: { utterances: after } };
  }

  return { parameters, state, prefixDepths, ...twoParts(read, conclude, { samplesAlone }) };
}
