/** The bundled dataset `sentences`: real labelled sentences with generated audio and vision streams. */
import { fileURLToPath } from 'node:url';
import { defineDataset } from '@interfuse/core';

const options = { type: 'object', additionalProperties: false, properties: {} } as const;

export const sentences = defineDataset({
  id: 'sentences',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Sentences with generated delivery',
  summary:
    'Review sentences labelled by people, with generated audio and vision streams whose share in the label is known.',
  paper: 'Kotzias, Denil, de Freitas, Smyth: From Group to Individual Labels using Deep Features. KDD 2015.',
  options,
  load: async () => {
    const { openDataset } = await import('../folder/open.js');
    // Seen from the sources as well as from the build.
    return () => openDataset(fileURLToPath(new URL('../../data/sentences', import.meta.url)));
  },
});
