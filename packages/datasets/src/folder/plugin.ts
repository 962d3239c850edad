/** The `folder` dataset: any folder in the dataset folder format. */
import { defineDataset, type OptionsOf } from '@interfuse/core';

const options = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    path: {
      description: 'The dataset folder, relative to the folder of the config file.',
      type: 'string',
      minLength: 1,
    },
  },
} as const;

export type FolderOptions = OptionsOf<typeof options>;

export const folder = defineDataset({
  id: 'folder',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Dataset folder',
  summary: 'Samples, labels and ragged streams from a folder on disk, read by position.',
  options,
  load: async () => {
    const { openDataset } = await import('./open.js');
    return ({ path }, { resolvePath }) => openDataset(resolvePath(path));
  },
});
