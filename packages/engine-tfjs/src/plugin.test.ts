import { expect, it, vi } from 'vitest';
import { plugins } from './index.js';

vi.mock('@tensorflow/tfjs', () => {
  throw new Error('the tensor library was loaded');
});

it('lists the engines without loading the tensor library, which only `load` needs', async () => {
  expect(plugins.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    'engine wasm',
    'engine cpu',
    'engine tensorflow',
    'engine tensorflow-gpu',
  ]);
  for (const plugin of plugins) await expect(plugin.load()).rejects.toThrow();
});
