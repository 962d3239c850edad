/** Hyper-parameters of TFN for the field's datasets, as MMSA tuned them; their training settings are in the README. */
import type { Preset } from '@interfuse/core';

const source = 'MMSA, src/MMSA/config/config_regression.json (github.com/thuiar/MMSA), under "tfn"';

export const presets: { readonly [name: string]: Preset } = {
  mosi: {
    summary: 'Widths and dropout for CMU-MOSI; scores are kept within their range.',
    source,
    options: {
      widths: { text: 32, audio: 32, vision: 128 },
      utteranceDropout: 0.3,
      hidden: 64,
      dropout: 0.5,
      bounded: true,
    },
  },
  mosei: {
    summary: 'Widths and dropout for CMU-MOSEI; scores are kept within their range.',
    source,
    options: {
      widths: { text: 128, audio: 16, vision: 128 },
      utteranceDropout: 0.4,
      hidden: 16,
      dropout: 0.4,
      bounded: true,
    },
  },
  sims: {
    summary: 'Widths and dropout for CH-SIMS; scores are kept within their range.',
    source,
    options: {
      widths: { text: 256, audio: 32, vision: 128 },
      utteranceDropout: 0.4,
      hidden: 32,
      dropout: 0.4,
      bounded: true,
    },
  },
};
