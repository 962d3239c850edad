/** What MMSA sets for MFN by dataset. */
import type { Preset } from '@interfuse/core';

const source = 'MMSA (https://github.com/thuiar/MMSA), config_regression.json, mfn';
const summary = (dataset: string): string =>
  `What MMSA sets for ${dataset}; its training is in the README of the strategy.`;

export const presets: { readonly [name: string]: Preset } = {
  mosi: {
    summary: summary('CMU-MOSI'),
    source,
    options: {
      widths: { text: 256, audio: 32, vision: 256 },
      memory: 400,
      attention: { hidden: 32, dropout: 0.2 },
      candidate: { hidden: 64, dropout: 0 },
      retain: { hidden: 256, dropout: 0.7 },
      update: { hidden: 32, dropout: 0.5 },
      hidden: 128,
      dropout: 0,
    },
  },
  mosei: {
    summary: summary('CMU-MOSEI'),
    source,
    options: {
      widths: { text: 128, audio: 32, vision: 128 },
      memory: 128,
      attention: { hidden: 128, dropout: 0.2 },
      candidate: { hidden: 128, dropout: 0.5 },
      retain: { hidden: 256, dropout: 0.7 },
      update: { hidden: 256, dropout: 0 },
      hidden: 128,
      dropout: 0.5,
    },
  },
  sims: {
    summary: summary('CH-SIMS'),
    source,
    options: {
      widths: { text: 64, audio: 16, vision: 64 },
      memory: 64,
      attention: { hidden: 128, dropout: 0.2 },
      candidate: { hidden: 128, dropout: 0 },
      retain: { hidden: 64, dropout: 0.2 },
      update: { hidden: 64, dropout: 0.7 },
      hidden: 64,
      dropout: 0.7,
    },
  },
};
