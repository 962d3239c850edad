/** The kit passes it, and it is as short as the guide says. */
import { readFile } from 'node:fs/promises';
import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { expect, it } from 'vitest';
import { bilinear } from './plugin.js';

testFusionPlugin(bilinear, { engines: [cpu, wasm] });

it('takes 80 lines at most, manifest and mathematics together', async () => {
  const texts = await Promise.all(
    ['plugin.ts', 'module.ts'].map((name) => readFile(new URL(name, import.meta.url), 'utf8')),
  );
  expect(texts.join('').trimEnd().split('\n').length).toBeLessThanOrEqual(80);
});
