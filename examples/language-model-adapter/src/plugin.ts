/** What Interfuse knows of the adapter before a run needs it. */
import { defineLanguageModel } from '@interfuse/core';
import { checkpointOptions } from '@interfuse/lm-adapters';

export const pythia = defineLanguageModel({
  id: '@example/pythia',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Pythia',
  summary: 'Decoder whose attention and feed-forward stand side by side, with rotary positions on a part of each head.',
  paper: 'https://arxiv.org/abs/2304.01373',
  options: checkpointOptions,
  provides: ['embed', 'blocks', 'logits', 'prefix', 'feedForward'],
  load: async () => {
    const { openLanguageModel } = await import('@interfuse/lm-adapters/adapter');
    const { buildPythia } = await import('./pythia.js');
    return (options, host) => openLanguageModel(buildPythia, options, host);
  },
});

/** What a config finds under the name of this file. */
export const plugins = [pythia];
