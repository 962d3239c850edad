/** Hyper-parameters of LMF for the field's datasets, as MMSA tuned them; their training settings are in the README. */
import type { Preset } from '@interfuse/core';

// There the vector of the text has half the width that is written.
const source = 'MMSA, src/MMSA/config/config_regression.json (github.com/thuiar/MMSA), under "lmf"';

export const presets: { readonly [name: string]: Preset } = {
  mosi: {
    summary: 'Widths, rank and dropout for CMU-MOSI.',
    source,
    options: { widths: { text: 64, audio: 16, vision: 128 }, rank: 3, utteranceDropout: 0.3 },
  },
  mosei: {
    summary: 'Widths, rank and dropout for CMU-MOSEI.',
    source,
    options: { widths: { text: 64, audio: 16, vision: 128 }, rank: 4, utteranceDropout: 0.2 },
  },
  sims: {
    summary: 'Widths, rank and dropout for CH-SIMS.',
    source,
    options: { widths: { text: 32, audio: 16, vision: 64 }, rank: 4, utteranceDropout: 0.2 },
  },
};
