/** Hyper-parameters of MISA for the field's datasets, as MMSA tuned them; their training settings are in the README. */
import type { Preset } from '@interfuse/core';

const source = 'MMSA, src/MMSA/config/config_regression.json (github.com/thuiar/MMSA), under "misa"';
// What a layer of PyTorch has by default.
const layer = { width: 128, heads: 2, feedForward: 2048 };

export const presets: { readonly [name: string]: Preset } = {
  mosi: {
    summary: 'Width, dropout and weights of the losses for CMU-MOSI.',
    source,
    options: { ...layer, dropout: 0.2, lossWeights: { similarity: 0.3, difference: 0.1, reconstruction: 1 } },
  },
  mosei: {
    summary: 'Width, dropout and weights of the losses for CMU-MOSEI.',
    source,
    options: { ...layer, dropout: 0.5, lossWeights: { similarity: 0.8, difference: 0.3, reconstruction: 1 } },
  },
  sims: {
    summary: 'Width, dropout and weights of the losses for CH-SIMS.',
    source,
    options: { ...layer, dropout: 0, lossWeights: { similarity: 1, difference: 0.3, reconstruction: 0.8 } },
  },
};
