/**
 * Qwen3: Llama's blocks with RMS norms of queries and keys, head by head, and heads whose size is a choice of its own.
 *
 * Qwen Team 2025, "Qwen3 Technical Report" (arXiv 2505.09388). Blocks: `../gated-decoder.ts`. The layout of weights and
 * config is that of Hugging Face's Qwen3ForCausalLM.
 */
import type { LanguageModel } from '@interfuse/core';
import { declareGatedDecoder, type GatedDecoderLeaves, gatedDecoder, readGatedDimensions } from '../gated-decoder.js';
import { flag, type ModelConfig } from '../model-config.js';
import type { DeclareLeaf } from '../weights.js';
import { upperWindows } from '../windows.js';

/** @throws LANGUAGE_MODEL_INVALID for a variant that is not computed here */
export function buildQwen3(config: ModelConfig, declare: DeclareLeaf): LanguageModel<GatedDecoderLeaves> {
  const dimensions = readGatedDimensions(config, {
    epsilon: 1e-6,
    contextLength: 32_768,
    keyHeads: 32,
    headWidth: 128,
    windows: (layers) => upperWindows(config, layers),
  });
  const attention = flag(config, 'attention_bias', false);
  const biases = { attention, output: attention, feedForward: false };
  return gatedDecoder(dimensions, declareGatedDecoder(dimensions, declare, { biases, headNorms: true }));
}
