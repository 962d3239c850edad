/** The manifest of the compiled engine; nothing heavy is imported. */
import { defineEngine } from '@interfuse/core';

export const onnx = defineEngine({
  id: 'onnx',
  version: '0.1.0',
  apiVersion: 1,
  title: 'ONNX Runtime, compiled',
  summary: 'Traces each step once and runs it as one graph in ONNX Runtime, natively and on all cores.',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      threads: {
        type: 'integer',
        minimum: 0,
        default: 0,
        description: 'Threads inside one operation; 0 takes as many as the machine offers.',
      },
    },
  },
  load: async () => {
    const { createOnnxEngine } = await import('./engine.js');
    return async (options, { logger }) => createOnnxEngine({ threads: options.threads ?? 0, logger });
  },
});
