/** The manifest: read by `plugins list` and by the check of a config. */
import { defineDataset, type OptionsOf } from '@interfuse/core';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    samples: { description: 'Samples in the training split.', type: 'integer', minimum: 20, default: 200 },
    seed: { description: 'Another seed, other samples.', type: 'integer', minimum: 0, default: 1 },
  },
} as const;

export type TemplateNameOptions = OptionsOf<typeof options>;

export const templateNamePlugin = defineDataset({
  id: '@scope/template-name',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Template name',
  summary: 'Made-up remarks and a tone of voice that turns some of them round. It holds no measurement of anybody.',
  options,
  load: async () => {
    const { openTemplateName } = await import('./dataset.js');
    return async (chosen) => openTemplateName(chosen);
  },
});
