/**
 * Phi-3, Phi-3.5 and Phi-4-mini: Llama's blocks, whose file joins query, key and value in one tensor, gate and up in
 * another; heads may turn in part, positions be stretched by LongRoPE, and dropout stand before the residual stream.
 *
 * Abdin et al. 2024, "Phi-3 Technical Report" (arXiv 2404.14219). Blocks: `../gated-decoder.ts`. The layout of weights and
 * config is that of Hugging Face's Phi3ForCausalLM.
 */
import type { LanguageModel } from '@interfuse/core';
import { declareGatedDecoder, type GatedDecoderLeaves, gatedDecoder, readGatedDimensions } from '../gated-decoder.js';
import type { ModelConfig } from '../model-config.js';
import type { DeclareLeaf } from '../weights.js';
import { readWindow } from '../windows.js';

/** `su` and `yarn` are what the first configs called LongRoPE. */
const scalings = { default: 'default', longrope: 'longrope', su: 'longrope', yarn: 'longrope' } as const;

/** @throws LANGUAGE_MODEL_INVALID for a variant that is not computed here */
export function buildPhi3(config: ModelConfig, declare: DeclareLeaf): LanguageModel<GatedDecoderLeaves> {
  const window = readWindow(config, undefined);
  const dimensions = readGatedDimensions(config, {
    epsilon: 1e-5,
    contextLength: 4096,
    rotary: { share: { field: 'partial_rotary_factor', fallback: 1 }, types: scalings },
    windows: (layers) => new Array(layers).fill(window),
    residualDropout: 'resid_pdrop',
  });
  return gatedDecoder(dimensions, declareGatedDecoder(dimensions, declare, { joined: true }));
}
