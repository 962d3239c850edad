/** The adapter computes what transformers computes, trains as any other, and stands in the slot of a config. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRegistry, fromPackage, type Plugin } from '@interfuse/core';
import { resolveConfig } from '@interfuse/core/config';
import { cpu, wasm } from '@interfuse/engine-tfjs';
import { checkpointFolder, loadLanguageModel } from '@interfuse/lm-adapters';
import { countParameters } from '@interfuse/nn';
import { testLanguageModel } from '@interfuse/testing/vitest';
import { afterAll, expect, it } from 'vitest';
import { withinTolerance } from '../../../packages/parity/src/compare.js';
import { lmParity } from '../../../packages/parity/src/lm.js';
import { builtInPlugins } from '../../../packages/suite/src/built-in-plugins.js';
import { plugins, pythia } from './plugin.js';
import { buildPythia } from './pythia.js';

const golden = fileURLToPath(new URL('../../../test/goldens/lm/gpt_neox', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'interfuse-pythia-'));
afterAll(() => rmSync(work, { recursive: true }));

/** The small model with the tokenizer of the bundled one, whose 512 tokens it then has. */
const checkpoint = join(work, 'checkpoint');
cpSync(golden, checkpoint, { recursive: true });
const fields = JSON.parse(readFileSync(join(checkpoint, 'config.json'), 'utf8'));
writeFileSync(join(checkpoint, 'config.json'), JSON.stringify({ ...fields, vocab_size: 512 }));
const bundled = checkpointFolder('stories260k', (path) => path);
for (const file of ['tokenizer.json', 'tokenizer_config.json']) cpSync(join(bundled, file), join(checkpoint, file));

testLanguageModel(pythia, { engines: [cpu, wasm], options: [{ checkpoint, weights: 'random' }] });

it.each(['cpu', 'onnx'])('computes what transformers computes, on %s', async (engine) => {
  const comparisons = await lmParity(golden, engine, { build: buildPythia });
  expect(comparisons.filter((comparison) => !withinTolerance(comparison))).toEqual([]);
});

it('trains in every way that the config may ask for', async () => {
  const trainable = async (train: string): Promise<number> =>
    countParameters((await loadLanguageModel(golden, { build: buildPythia, train })).parameters).trainable;
  const [frozen, lora, last, all] = await Promise.all(['frozen', 'lora', 'last:1', 'all'].map(trainable));
  expect(frozen).toBe(0);
  // Rank 8 beside four projections in each of three blocks of width 32 and inner width 80.
  expect(lora).toBe(3 * 8 * (32 + 96 + 32 + 32 + 2 * (32 + 80)));
  expect(last).toBeLessThan(all as number);
});

it('refuses by name what it does not compute', async () => {
  const folder = join(work, 'sequential');
  cpSync(golden, folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, use_parallel_residual: false }));
  await expect(loadLanguageModel(folder, { build: buildPythia })).rejects.toMatchObject({
    code: 'LANGUAGE_MODEL_INVALID',
    place: expect.stringContaining('use_parallel_residual'),
  });
});

it('stands in the slot of a config, and opens a checkpoint with its tokenizer', async () => {
  const registry = createRegistry([
    ...(await builtInPlugins()),
    ...fromPackage(plugins as readonly unknown[] as readonly Plugin[], './src/plugin.ts'),
  ]);
  const languageModel = { use: '@example/pythia', options: { checkpoint: './checkpoint' } };
  const config = resolveConfig({ data: 'sentences', languageModel, fusion: ['late'] }, registry);
  expect(config.languageModel[0]?.use).toBe('@example/pythia');

  const open = await pythia.load();
  const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const options = { ...config.languageModel[0]?.options, weights: 'random' } as Parameters<typeof open>[0];
  const { model, tokenizer } = await open(options, { resolvePath: (path) => join(work, path), logger });
  expect(model.config).toMatchObject({ vocabulary: 512, layers: 3 });
  expect(tokenizer.decode(tokenizer.encode('A park.'))).toBe('A park.');
});
