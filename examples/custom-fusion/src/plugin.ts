/** The manifest of the gated multimodal unit: read by `plugins list` and by the check of a config, without a tensor library. */
import { defineFusion, type FusionBatch, type FusionHost, type OptionsOf } from '@interfuse/core';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: { description: 'Width that every modality is mapped to.', type: 'integer', minimum: 1, default: 32 },
    dropout: {
      description: 'Rate of dropout on the gated sum.',
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.1,
    },
  },
} as const;

export type GatedUnitOptions = OptionsOf<typeof options>;

const requires = { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } } as const;

export const gatedUnit = defineFusion({
  id: '@example/gated-unit',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Gated multimodal unit',
  summary: 'Modalities are pooled to one vector each; gates that read all of them decide what counts.',
  paper: 'https://arxiv.org/abs/1702.01992',
  category: 'late',
  requires,
  missing: 'zeros',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createGatedUnit,
});

/** With the members of the language model that are required, and no others. */
export type GatedUnitHost = FusionHost<typeof requires>;
export type GatedUnitBatch = FusionBatch<typeof requires>;
