/** Hyper-parameters of MulT that others have published, as far as they belong to the fusion. */
import type { Preset } from '@interfuse/core';

const mmsa = 'https://github.com/thuiar/MMSA, src/MMSA/config/config_regression.json at 15f24e7';

export const presets: { readonly [name: string]: Preset } = {
  mosi: {
    summary: 'For CMU-MOSI; trained there with batches of 16, a learning rate of 0.002 and weight decay 0.005.',
    source: mmsa,
    options: {
      width: 50,
      heads: 10,
      layers: 4,
      kernel: { text: 5, audio: 5, vision: 5 },
      dropout: 0,
      attentionDropout: { text: 0.3, audio: 0.2, vision: 0 },
      embeddingDropout: 0.2,
      textDropout: 0.5,
      headDropout: 0.5,
    },
  },
  mosei: {
    summary: 'For CMU-MOSEI; trained there with batches of 4, a learning rate of 0.0005 and weight decay 0.001.',
    source: mmsa,
    options: {
      width: 30,
      heads: 6,
      layers: 4,
      kernel: { text: 5, audio: 1, vision: 3 },
      dropout: 0,
      attentionDropout: { text: 0.4, audio: 0, vision: 0 },
      embeddingDropout: 0,
      textDropout: 0.3,
      headDropout: 0.5,
    },
  },
  sims: {
    summary: 'For CH-SIMS; trained there with batches of 16, a learning rate of 0.002 and weight decay 0.001.',
    source: mmsa,
    options: {
      width: 50,
      heads: 10,
      layers: 2,
      kernel: { text: 5, audio: 1, vision: 1 },
      dropout: 0.2,
      attentionDropout: { text: 0.2, audio: 0.1, vision: 0 },
      embeddingDropout: 0.1,
      textDropout: 0.3,
      headDropout: 0.1,
    },
  },
};
