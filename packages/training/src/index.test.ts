import { expect, it, vi } from 'vitest';
import { plugins } from './index.js';

vi.mock('@tensorflow/tfjs', () => {
  throw new Error('the tensor library was loaded');
});

it('lists and loads metrics without loading the tensor library', async () => {
  expect(plugins.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    'metric sentiment',
    'metric sims',
    'metric regression',
    'metric classification',
  ]);
  for (const plugin of plugins) await expect(plugin.load()).resolves.toBeTypeOf('function');
});

it('refuses classification metrics for a regression task', async () => {
  const create = await plugins.find(({ id }) => id === 'classification')?.load();
  expect(() => create?.({} as never, { task: { kind: 'regression', range: [-3, 3] } })).toThrow('PLUGIN_REQUIREMENT');
});
