/** The tiny language model as plugins, one for every level of capability. */
import { defineLanguageModel, type LanguageModelPlugin } from '@interfuse/core';
import { type Capability, tinyLanguageModel } from './tiny-language-model.js';
import { tinyTokenizer } from './tiny-tokenizer.js';

/** What each level provides: the embeddings alone; the blocks, too; the logits; the feed-forwards; the text alone, at once. */
export const capabilityLevels = {
  embed: ['embed'],
  blocks: ['embed', 'blocks'],
  logits: ['embed', 'blocks', 'logits'],
  feedForward: ['embed', 'blocks', 'logits', 'feedForward'],
  prefix: ['embed', 'blocks', 'logits', 'feedForward', 'prefix'],
} as const satisfies { readonly [level: string]: readonly Capability[] };

export type CapabilityLevel = keyof typeof capabilityLevels;

/** @param level default: everything */
export function tinyLanguageModelPlugin(level: CapabilityLevel = 'prefix'): LanguageModelPlugin {
  const provides = capabilityLevels[level];
  return defineLanguageModel({
    id: `tiny-${level.toLowerCase()}`,
    version: '0.1.0',
    apiVersion: 1,
    title: 'Tiny',
    summary: 'Three blocks of width 16 with fresh weights, for tests.',
    provides,
    options: { type: 'object', additionalProperties: false, properties: {} },
    load: async () => async () => ({ model: tinyLanguageModel(provides), tokenizer: tinyTokenizer }),
  });
}
