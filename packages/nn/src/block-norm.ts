/**
 * The fresh norms of a block that is added to a language model, of that model's kind (arXiv 2504.11082; epsilons of the
 * released program).
 */
import type { LanguageModelConfig, Leaf } from '@interfuse/core';
import type { Tensor } from '@tensorflow/tfjs';
import { layerNorm, layerNormLeaves, rmsNorm, rmsNormLeaves } from './norms.js';

export type BlockNormKind = LanguageModelConfig['norm']['kind'];
export type BlockNormLeaves = { readonly weight: Leaf; readonly bias?: Leaf };

/** The leaves of the norm that a language model has in its blocks, fresh. */
export function blockNormLeaves(kind: BlockNormKind, width: number): BlockNormLeaves {
  return kind === 'layer' ? layerNormLeaves(width) : rmsNormLeaves(width);
}

/**
 * [..., d] -> [..., d]; a layer norm where there is a bias, an RMS norm where there is none.
 *
 * @param epsilon default: 1e-5 for a layer norm and 1e-6 for an RMS norm
 */
export function blockNorm({ weight, bias }: { weight: Tensor; bias?: Tensor }, x: Tensor, epsilon?: number): Tensor {
  return bias ? layerNorm({ weight, bias }, x, epsilon ?? 1e-5) : rmsNorm({ weight }, x, epsilon ?? 1e-6);
}
