/** MLF-DNN: late fusion with further heads, which learn the labels of single modalities. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headNames, multiTaskOptions } from '../shared/options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...multiTaskOptions,
    lossWeights: {
      description: `Weight of the loss of each head, by its name (${headNames}). A modality of weight 0 has no head and needs no labels.`,
      type: 'object',
      additionalProperties: { type: 'number', minimum: 0 },
      default: { '*': 1 },
    },
  },
} as const;

export type MlfDnnOptions = OptionsOf<typeof options>;

export const mlfDnn = defineFusion({
  id: 'mlf-dnn',
  version: '0.1.0',
  apiVersion: 1,
  title: 'MLF-DNN',
  summary: 'Late fusion whose modality vectors also learn the labels of single modalities, where a dataset has them.',
  paper: 'https://aclanthology.org/2020.acl-main.343',
  category: 'late',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'zeros',
  padding: 'invariant',
  options,
  presets: {
    sims: {
      summary: 'Widths, dropout and weights of the losses for CH-SIMS.',
      source: 'MMSA, src/MMSA/config/config_regression.json (github.com/thuiar/MMSA), under "mlf_dnn"',
      options: {
        widths: { text: 32, audio: 32, vision: 64 },
        utteranceDropout: 0.3,
        hidden: { joint: 32, text: 16, audio: 4, vision: 32 },
        dropout: { '*': 0.5 },
        lossWeights: { joint: 0.6, text: 0.2, audio: 0.8, vision: 0.8 },
      },
    },
  },
  load: async () => (await import('./module.js')).createMlfDnn,
});
