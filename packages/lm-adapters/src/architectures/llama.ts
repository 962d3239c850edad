/**
 * Llama, and Mistral, whose slots read no further back than a window.
 *
 * Touvron et al. 2023, "LLaMA: Open and Efficient Foundation Language Models" (arXiv 2302.13971), "Llama 2" (arXiv
 * 2307.09288), and Jiang et al. 2023, "Mistral 7B" (arXiv 2310.06825); grouped queries: Ainslie et al. 2023 (arXiv
 * 2305.13245); SwiGLU: Shazeer 2020 (arXiv 2002.05202). Blocks: `../gated-decoder.ts`. The layout of weights and config
 * is that of Hugging Face's LlamaForCausalLM and MistralForCausalLM; SmolLM2 and TinyLlama have the first.
 */
import type { LanguageModel } from '@interfuse/core';
import { declareGatedDecoder, type GatedDecoderLeaves, gatedDecoder, readGatedDimensions } from '../gated-decoder.js';
import { flag, type ModelConfig } from '../model-config.js';
import type { DeclareLeaf } from '../weights.js';
import { readWindow } from '../windows.js';

/** What the two take where their config does not say. */
const presets = {
  llama: { contextLength: 2048 },
  mistral: { contextLength: 131_072, keyHeads: 8 },
};

/** @throws LANGUAGE_MODEL_INVALID for a variant that is not computed here */
export function buildLlama(config: ModelConfig, declare: DeclareLeaf): LanguageModel<GatedDecoderLeaves> {
  const type = config.fields.model_type as keyof typeof presets;
  const window = type === 'mistral' ? readWindow(config, 4096) : undefined;
  const dimensions = readGatedDimensions(config, {
    epsilon: 1e-6,
    ...presets[type],
    windows: (layers) => new Array(layers).fill(window),
  });
  const attention = flag(config, 'attention_bias', false);
  const biases = { attention, output: attention, feedForward: flag(config, 'mlp_bias', false) };
  return gatedDecoder(dimensions, declareGatedDecoder(dimensions, declare, { biases }));
}
