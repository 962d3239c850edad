/** The example is a plugin, its config is accepted, and its figures are right. */
import { readFile } from 'node:fs/promises';
import { createRegistry, fromPackage, type Plugin } from '@interfuse/core';
import { resolveConfig } from '@interfuse/core/config';
import { testMetric } from '@interfuse/testing/vitest';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { builtInPlugins } from '../../../packages/suite/src/built-in-plugins.js';
import { plugins, within } from './within.js';

testMetric(within, { options: [{}, { tolerance: 0.1 }] });

it('computes the columns that it declares', async () => {
  const create = await within.load();
  const { columns, compute } = create({ tolerance: 0.5 }, { task: { kind: 'regression', range: [-3, 3] } });
  // Errors of 0.5, 0.25, 2 and 0.
  const figures = compute(Float32Array.of(0.5, -1.25, 1, 3), Float32Array.of(1, -1, -1, 3));
  expect(figures).toEqual({ Within: 0.75, 'Largest error': 2 });
  expect(Object.keys(figures)).toEqual(columns.map(({ name }) => name));
  expect(Object.values(compute(new Float32Array(), new Float32Array()))).toEqual([Number.NaN, Number.NaN]);
});

it('stands in the slot of a config, with its options checked', async () => {
  const config = parse(await readFile(new URL('../config.yaml', import.meta.url), 'utf8'));
  const registry = createRegistry([
    ...(await builtInPlugins()),
    ...fromPackage(plugins as readonly unknown[] as readonly Plugin[], './src/within.ts'),
  ]);
  const { metrics, select } = resolveConfig(config, registry).evaluation;
  expect([metrics, select]).toEqual([{ use: '@example/within', options: { tolerance: 0.4 } }, 'Within']);
  const wrong = { ...config, evaluation: { metrics: { use: '@example/within', options: { tolerance: -1 } } } };
  expect(() => resolveConfig(wrong, registry)).toThrow('evaluation.metrics.options.tolerance');
});

it('the page on metrics shows it as it is', async () => {
  const page = await readFile(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8');
  const [, code] = /^```ts\n([\s\S]*?)^```$/m.exec(page) ?? [];
  expect(await readFile(new URL('./within.ts', import.meta.url), 'utf8')).toContain(code);
});
