/** What MMSA sets for EF-LSTM by dataset. */
import type { Preset } from '@interfuse/core';

const source = 'MMSA (https://github.com/thuiar/MMSA), config_regression.json, ef_lstm';

const preset = (dataset: string, width: number, layers: number, dropout: number): Preset => ({
  summary: `What MMSA sets for ${dataset}; its training is in the README of the strategy.`,
  source,
  options: { width, layers, hidden: width, dropout },
});

export const presets: { readonly [name: string]: Preset } = {
  mosi: preset('CMU-MOSI', 128, 4, 0.5),
  mosei: preset('CMU-MOSEI', 256, 2, 0.4),
  sims: preset('CH-SIMS', 32, 3, 0.5),
};
