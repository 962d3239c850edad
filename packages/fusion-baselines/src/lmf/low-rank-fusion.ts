/** Low-rank fusion (Liu et al. 2018, arXiv 1806.00064, section 3.2): a linear map of the fusion tensor that never makes it. */
import type { Tensors } from '@interfuse/core';
import { normal, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type ByModality, forEachModality } from '../shared/modalities.js';
import { withOne } from '../tfn/tensor-fusion.js';

/**
 * Factors [R, width + 1, outputs] of each modality, weights [1, R] of the ranks and a bias [1, outputs], with normal starts
 * of Glorot and Bengio (2010), as in the released program. The factors are the parameter group `factors`.
 */
export function lowRankLeaves(widths: ByModality<number>, rank: number, outputs: number) {
  const glorot = (inputs: number, results: number): number => Math.sqrt(2 / (inputs + results));
  return {
    factors: forEachModality(widths, (width) =>
      normal([rank, width + 1, outputs], glorot(width + 1, outputs), { group: 'factors' }),
    ),
    weights: normal([1, rank], glorot(rank, 1)),
    bias: zeros([1, outputs], { decay: false }),
  };
}

/** sum_r w_r prod_m ([z_m ; 1] W_m^(r)) + b over vectors [B, width] of the modalities: [B, outputs]. */
export function lowRankFusion(
  { factors, weights, bias }: Tensors<ReturnType<typeof lowRankLeaves>>,
  vectors: ByModality<tf.Tensor>,
): tf.Tensor {
  const [rank, , outputs] = (Object.values(factors)[0] as tf.Tensor).shape as [number, number, number];
  const mapped = Object.entries(vectors).map(([modality, z]) => {
    const [, inputs] = (factors[modality] as tf.Tensor).shape as [number, number, number];
    const joined = tf.reshape(tf.transpose(factors[modality] as tf.Tensor, [1, 0, 2]), [inputs, rank * outputs]);
    return tf.matMul(withOne(z) as tf.Tensor2D, joined as tf.Tensor2D); // [B, R * outputs]
  });
  const product = mapped.reduce((so, far) => tf.mul(so, far));
  const byRank = tf.reshape(product, [-1, rank, outputs]); // [B, R, outputs]
  return tf.add(tf.sum(tf.mul(byRank, tf.reshape(weights, [1, rank, 1])), 1), bias);
}
