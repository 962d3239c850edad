/** The manifest of the compiled engine; nothing heavy is imported. */
import { defineEngine } from '@interfuse/core';

/** Who computes the nodes of a graph, by ONNX Runtime's names. */
export const providers = ['cpu', 'webgpu', 'cuda'] as const;
export type Provider = (typeof providers)[number];

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
      provider: {
        enum: providers,
        default: 'cpu',
        description: 'The execution provider. What one for a GPU has no kernel for is left to the CPU.',
      },
    },
  },
  load: async () => {
    const [{ createOnnxEngine }, { tryProvider }] = await Promise.all([
      import('./engine.js'),
      import('./providers.js'),
    ]);
    return async ({ threads = 0, provider = 'cpu' }, { logger }) => {
      await tryProvider(provider);
      return createOnnxEngine({ threads, provider, logger });
    };
  },
});
