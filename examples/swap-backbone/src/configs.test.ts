import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRegistry, fromPackage, type Plugin } from '@interfuse/core';
import { readConfigFile, resolveConfig } from '@interfuse/core/config';
import { composeHost } from '@interfuse/core/host';
import { plugins as datasets } from '@interfuse/datasets';
import { plugins as encoders } from '@interfuse/encoders';
import { plugins as engines } from '@interfuse/engine-onnx';
import { plugins as fusions } from '@interfuse/fusion-baselines';
import { plugins as languageModels } from '@interfuse/lm-adapters';
import { adaptedLanguageModel, countParameters } from '@interfuse/nn';
import { plugins as metrics } from '@interfuse/training';
import { expect, it } from 'vitest';

const builtIn = fromPackage(
  [...datasets, ...encoders, ...engines, ...fusions, ...languageModels, ...metrics] as readonly Plugin[],
  'interfuse',
);
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

const read = (name: string) => readConfigFile(fileURLToPath(new URL(`../${name}`, import.meta.url)));

it('the two configs differ in nothing but their name and the language model', async () => {
  const [llama, gpt2] = await Promise.all(['llama.yaml', 'gpt2.yaml'].map(read));
  const rest = (config: object) => ({ ...config, name: undefined, languageModel: undefined });
  expect(rest(gpt2?.config as object)).toEqual(rest(llama?.config as object));
});

it.each(['llama.yaml', 'gpt2.yaml'])('every strategy of %s builds on its backbone', async (name) => {
  const { config: written, folder } = await read(name);
  const config = resolveConfig(written, createRegistry(builtIn));
  const host = composeHost({
    plugins: builtIn,
    logger: silent,
    resolvePath: (path) => resolve(folder, path),
    adapt: async (model) => adaptedLanguageModel(model),
  });
  for (const index of config.fusion.keys()) {
    const run = host.openRun(config, { fusion: index });
    const { module } = await run.fusion();
    const { total, trainable } = countParameters(module.parameters);
    expect(trainable).toBeGreaterThan(1000);
    // The backbone is frozen and larger than what is trained.
    expect(total).toBeGreaterThan(2 * trainable);
    await run.dispose();
  }
});
