/** The bundled dataset `staged`: real sentences, performed by a speech synthesiser and a generated face. */
import { defineDataset } from '@interfuse/core';
import { stagedFolder } from './staged-folder.js';

const options = { type: 'object', additionalProperties: false, properties: {} } as const;

export const staged = defineDataset({
  id: 'staged',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Staged sentences',
  summary:
    'Review sentences labelled by people, spoken by a synthesiser with a delivery that is part of the label, and a generated face.',
  paper: 'Kotzias, Denil, de Freitas, Smyth: From Group to Individual Labels using Deep Features. KDD 2015.',
  options,
  load: async () => {
    const { openDataset } = await import('../folder/open.js');
    return () => openDataset(stagedFolder);
  },
});
