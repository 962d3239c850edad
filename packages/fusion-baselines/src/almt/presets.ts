/** Hyper-parameters of ALMT that its authors have published, as far as they belong to the fusion. */
import type { Preset } from '@interfuse/core';

const shared = { width: 128, heads: 8, tokens: 8, embeddingDepth: 1, depth: 3 };

const preset = (dataset: string, file: string, fusionDepth: number): Preset => ({
  summary: `For ${dataset}; trained there with batches of 64, a learning rate of 0.0001 and weight decay 0.0001.`,
  source: `https://github.com/Haoyu-ha/ALMT, configs/${file}.yaml at 0392903`,
  options: { ...shared, fusionDepth },
});

export const presets: { readonly [name: string]: Preset } = {
  mosi: preset('CMU-MOSI', 'mosi', 2),
  mosei: preset('CMU-MOSEI', 'mosei', 4),
  sims: preset('CH-SIMS', 'sims', 4),
};
