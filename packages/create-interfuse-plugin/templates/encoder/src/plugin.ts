/** The manifest: read by `plugins list` and by the check of a config, without a tensor library. */
import { defineEncoder, type OptionsOf } from '@interfuse/core';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: { description: 'Width of the vectors that it returns.', type: 'integer', minimum: 1, default: 32 },
    dropout: {
      description: 'Rate of dropout on the vectors.',
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.1,
    },
  },
} as const;

export type TemplateNameOptions = OptionsOf<typeof options>;

export const templateNamePlugin = defineEncoder({
  id: '@scope/template-name',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Template name',
  summary: 'Every frame by itself through a gated linear unit; returns as many steps as there are frames.',
  options,
  load: async () => (await import('./module.js')).createTemplateName,
});
