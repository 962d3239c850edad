/** The fresh norms of an MM Block, of the language model's kind (arXiv 2504.11082; epsilons of the released program). */
import type { LanguageModelConfig, Leaf } from '@interfuse/core';
import { layerNorm, layerNormLeaves, rmsNorm, rmsNormLeaves } from '@interfuse/nn';
import type { Tensor } from '@tensorflow/tfjs';

export type NormKind = LanguageModelConfig['norm']['kind'];
export type NormLeaves = { readonly weight: Leaf; readonly bias?: Leaf };

export function normLeaves(kind: NormKind, width: number): NormLeaves {
  return kind === 'layer' ? layerNormLeaves(width) : rmsNormLeaves(width);
}

/** [..., d] -> [..., d]; a layer norm where there is a bias, an RMS norm where there is none. */
export function norm({ weight, bias }: { weight: Tensor; bias?: Tensor }, x: Tensor): Tensor {
  return bias ? layerNorm({ weight, bias }, x, 1e-5) : rmsNorm({ weight }, x, 1e-6);
}
