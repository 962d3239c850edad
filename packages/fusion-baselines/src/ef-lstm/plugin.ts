/** EF-LSTM: word by word, the features of all modalities side by side, read by one recurrent network. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions, timesOption } from '../shared/options.js';
import { presets } from './presets.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...timesOption,
    width: {
      description: 'Width of the state of each recurrent layer.',
      type: 'integer',
      minimum: 1,
      default: 64,
    },
    layers: {
      description: 'Recurrent layers, each of which reads the one before, with dropout between them.',
      type: 'integer',
      minimum: 1,
      default: 1,
    },
    ...headOptions,
  },
} as const;

export type EfLstmOptions = OptionsOf<typeof options>;

export const efLstm = defineFusion({
  id: 'ef-lstm',
  version: '0.1.0',
  apiVersion: 1,
  title: 'EF-LSTM',
  summary: 'The features of all modalities stand side by side for each word, and one LSTM reads them.',
  paper: 'https://aclanthology.org/W18-3302',
  category: 'early',
  requires: { languageModel: ['embed'], text: 'tokens', streams: { min: 1 }, wordTimes: 'any' },
  missing: 'zeros',
  padding: 'invariant',
  presets,
  options,
  load: async () => (await import('./module.js')).createEfLstm,
});
