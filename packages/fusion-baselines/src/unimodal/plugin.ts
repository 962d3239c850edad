/** A single modality: the yardstick that fusion has to beat. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions } from '../shared/options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    modality: {
      description: 'The modality that is used: "text", or the name of a stream.',
      type: 'string',
      default: 'text',
    },
    ...headOptions,
  },
} as const;

export type UnimodalOptions = OptionsOf<typeof options>;

export const unimodal = defineFusion({
  id: 'unimodal',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Single modality',
  summary: 'One modality alone, with the same encoder, language model and head as the fusion strategies.',
  category: 'none',
  requires: {},
  missing: 'zeros',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createUnimodal,
});
