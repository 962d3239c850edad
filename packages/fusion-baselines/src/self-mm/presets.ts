/** Hyper-parameters of Self-MM for the field's datasets, as its authors tuned them; their training settings are in the README. */
import type { Preset } from '@interfuse/core';

const source = 'MMSA, src/MMSA/config/config_regression.json (github.com/thuiar/MMSA), under "self_mm"';
// The text is BERT's own vector there, of width 768.
const widths = { text: 768, audio: 16, vision: 32 };

export const presets: { readonly [name: string]: Preset } = {
  mosi: {
    summary: 'Widths and dropout for CMU-MOSI.',
    source,
    options: {
      widths,
      utteranceDropout: 0,
      hidden: { joint: 128, text: 32, audio: 16, vision: 32 },
      dropout: { joint: 0, text: 0.1, audio: 0.1, vision: 0 },
      bound: 3,
    },
  },
  mosei: {
    summary: 'Widths and dropout for CMU-MOSEI.',
    source,
    options: {
      widths,
      utteranceDropout: 0,
      hidden: { joint: 128, text: 32, audio: 16, vision: 32 },
      dropout: { joint: 0.1, text: 0, audio: 0, vision: 0 },
      bound: 3,
    },
  },
  sims: {
    summary: 'Widths and dropout for CH-SIMS.',
    source,
    options: {
      widths,
      utteranceDropout: 0,
      hidden: { joint: 128, text: 64, audio: 16, vision: 32 },
      dropout: { joint: 0, text: 0.1, audio: 0.1, vision: 0 },
      bound: 1,
    },
  },
};
