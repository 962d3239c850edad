/** The manifest: read by `plugins list` and by the check of a config, without a tensor library. */
import { defineLanguageModel } from '@interfuse/core';
import { checkpointOptions } from '@interfuse/lm-adapters';

export const templateNamePlugin = defineLanguageModel({
  id: '@scope/template-name',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Template name',
  summary: 'Decoder of pre-norm blocks: rotary attention with grouped queries, and a gated feed-forward.',
  // Those of all adapters: checkpoint, weights, train, lora, precision.
  options: checkpointOptions,
  provides: ['embed', 'blocks', 'logits', 'prefix', 'feedForward'],
  load: async () => {
    const { openLanguageModel } = await import('@interfuse/lm-adapters/adapter');
    const { buildTemplateName } = await import('./model.js');
    return (options, host) => openLanguageModel(buildTemplateName, options, host);
  },
});
