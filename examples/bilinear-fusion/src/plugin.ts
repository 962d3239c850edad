/** Bilinear attention (Kim et al. 2018, arXiv 1805.07932) as a plugin: the manifest. */
import { defineFusion, type OptionsOf } from '@interfuse/core';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    rank: { description: 'Rank of the bilinear forms.', type: 'integer', minimum: 1, default: 32 },
    dropout: { description: 'Rate of dropout on the joint vector.', type: 'number', minimum: 0, default: 0.1 },
  },
} as const;

export type BilinearOptions = OptionsOf<typeof options>;

export const bilinear = defineFusion({
  id: '@example/bilinear',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Bilinear attention',
  summary: 'Every word meets every step of a stream in a low-rank bilinear form, weighed by attention over all pairs.',
  paper: 'https://arxiv.org/abs/1805.07932',
  category: 'intermediate',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'zeros',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createBilinear,
});

export const plugins = [bilinear];
