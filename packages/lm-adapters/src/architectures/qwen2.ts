/**
 * Qwen2 and Qwen2.5: Llama's blocks with biases on queries, keys and values, and in some checkpoints a sliding window in
 * the upper blocks.
 *
 * Yang et al. 2024, "Qwen2 Technical Report" (arXiv 2407.10671). Blocks: `../gated-decoder.ts`. The layout of weights and
 * config is that of Hugging Face's Qwen2ForCausalLM.
 */
import type { LanguageModel } from '@interfuse/core';
import { declareGatedDecoder, type GatedDecoderLeaves, gatedDecoder, readGatedDimensions } from '../gated-decoder.js';
import type { ModelConfig } from '../model-config.js';
import type { DeclareLeaf } from '../weights.js';
import { upperWindows } from '../windows.js';

/** @throws LANGUAGE_MODEL_INVALID for a variant that is not computed here */
export function buildQwen2(config: ModelConfig, declare: DeclareLeaf): LanguageModel<GatedDecoderLeaves> {
  const dimensions = readGatedDimensions(config, {
    epsilon: 1e-6,
    contextLength: 32_768,
    keyHeads: 32,
    windows: (layers) => upperWindows(config, layers),
  });
  const biases = { attention: true, output: false, feedForward: false };
  return gatedDecoder(dimensions, declareGatedDecoder(dimensions, declare, { biases }));
}
