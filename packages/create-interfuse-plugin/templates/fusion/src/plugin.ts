/** The manifest: read by `plugins list` and by the check of a config, without a tensor library. */
import { defineFusion, type FusionBatch, type FusionHost, type OptionsOf } from '@interfuse/core';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: { description: 'Width that every modality is mapped to.', type: 'integer', minimum: 1, default: 32 },
    dropout: {
      description: 'Rate of dropout on the fused vector.',
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.1,
    },
  },
} as const;

export type TemplateNameOptions = OptionsOf<typeof options>;

const requires = { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } } as const;

export const templateNamePlugin = defineFusion({
  id: '@scope/template-name',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Template name',
  summary: 'Modalities are pooled to one vector each, and gates that read all of them weigh what each contributes.',
  category: 'late',
  requires,
  missing: 'zeros',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createTemplateName,
});

/** With the members of the language model that are required, and no others. */
export type TemplateNameHost = FusionHost<typeof requires>;
export type TemplateNameBatch = FusionBatch<typeof requires>;
