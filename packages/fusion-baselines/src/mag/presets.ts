/** What MMSA sets for MAG-BERT by dataset. */
import type { Preset } from '@interfuse/core';

const source = 'MMSA (https://github.com/thuiar/MMSA), config_regression.json, bert_mag';

const preset = (dataset: string, shiftDropout: number): Preset => ({
  summary: `What MMSA sets for ${dataset}, where the gate acts on the embeddings of BERT.`,
  source,
  options: { at: 0, beta: 1, shiftDropout },
});

export const presets: { readonly [name: string]: Preset } = {
  mosi: preset('CMU-MOSI', 0.3),
  mosei: preset('CMU-MOSEI', 0.2),
  sims: preset('CH-SIMS', 0.1),
};
