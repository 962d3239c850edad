/** The sub-network that makes of a pooled modality the vector that takes part in fusion: norm, dropout, one layer. */
import type { Batch, Pass, Tensors } from '@interfuse/core';
import { batchNorm, batchNormLeaves, batchNormState, dropout, inFork, linear, linearLeaves, relu } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type ByModality, forEachModality, presenceWeights } from './modalities.js';

const subnetworkLeaves = (inputs: number, width: number) => ({
  norm: batchNormLeaves(inputs),
  linear: linearLeaves(inputs, width),
});

type Subnetwork = Tensors<ReturnType<typeof subnetworkLeaves>>;
type NormState = Tensors<ReturnType<typeof batchNormState>>;

/**
 * @param inputs widths of the pooled vectors
 * @param widths of the vectors that are made of them
 */
export function utteranceLeaves(inputs: ByModality<number>, widths: ByModality<number>) {
  return {
    parameters: forEachModality(inputs, (input, modality) => subnetworkLeaves(input, widths[modality] as number)),
    state: forEachModality(inputs, batchNormState),
  };
}

/**
 * relu(linear(dropout(batchNorm(x)))) for each modality, [B, width], and zeros for the samples that lack it; they are left
 * out of the statistics of the norm, too.
 */
export function utteranceVectors(
  params: ByModality<Subnetwork>,
  state: ByModality<NormState>,
  pooled: ByModality<tf.Tensor>,
  batch: Pick<Batch, 'text' | 'streams'>,
  { rate, pass }: { readonly rate: number; readonly pass: Pass },
): { vectors: ByModality<tf.Tensor>; state: ByModality<NormState> } {
  const vectors: Record<string, tf.Tensor> = {};
  const after: Record<string, NormState> = {};
  for (const [modality, x] of Object.entries(pooled)) {
    const own = params[modality] as Subnetwork;
    const present = presenceWeights(batch, modality); // [B, 1]
    const normed = batchNorm(own.norm, state[modality] as NormState, x, pass, { weight: present });
    const dropped = dropout(normed.values, rate, inFork(pass, `utterances/${modality}`));
    vectors[modality] = tf.mul(relu(linear(own.linear, dropped)), present);
    after[modality] = normed.state;
  }
  return { vectors, state: after };
}
