/** The engines of this package as plugins; nothing here loads a tensor library. */
import { defineEngine } from '@interfuse/core';

const noOptions = { type: 'object', additionalProperties: false, properties: {} } as const;

export const wasm = defineEngine({
  id: 'wasm',
  version: '0.1.0',
  apiVersion: 1,
  title: 'TensorFlow.js, WebAssembly',
  summary: 'Eager, one core with SIMD, no native code: runs wherever Node runs.',
  options: noOptions,
  load: async () => {
    const { createEngine } = await import('./engine.js');
    return () => createEngine('wasm');
  },
});

export const cpu = defineEngine({
  id: 'cpu',
  version: '0.1.0',
  apiVersion: 1,
  title: 'TensorFlow.js, plain JavaScript',
  summary: 'Eager and slow: the reference that the other engines are compared with.',
  options: noOptions,
  load: async () => {
    const { createEngine } = await import('./engine.js');
    return () => createEngine('cpu');
  },
});

export const tensorflow = defineEngine({
  id: 'tensorflow',
  version: '0.1.0',
  apiVersion: 1,
  title: 'TensorFlow.js, native TensorFlow',
  summary: 'Eager, native and on all cores, if @tensorflow/tfjs-node is installed.',
  options: noOptions,
  load: async () => {
    const { createEngine } = await import('./engine.js');
    return () => createEngine('tensorflow');
  },
});

export const tensorflowGpu = defineEngine({
  id: 'tensorflow-gpu',
  version: '0.1.0',
  apiVersion: 1,
  title: 'TensorFlow.js, native TensorFlow on a GPU',
  summary: 'Eager, on an NVIDIA GPU with CUDA 11.2, if @tensorflow/tfjs-node-gpu is installed.',
  options: noOptions,
  load: async () => {
    const { createEngine } = await import('./engine.js');
    return () => createEngine('tensorflow-gpu');
  },
});
