import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpu, wasm } from '@interfuse/engine-tfjs';
import { bundledFolder } from '@interfuse/lm-adapters';
import type { LanguageModelConformanceSettings } from '@interfuse/testing';
import { testLanguageModel } from '@interfuse/testing/vitest';
import { afterAll } from 'vitest';
import { builtInsOf, testEveryPlugin } from './built-ins.test-support.js';

const goldens = fileURLToPath(new URL('../../../../test/goldens/lm', import.meta.url));
const bundled = bundledFolder('stories260k') as string;
const folder = mkdtempSync(join(tmpdir(), 'interfuse-language-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The golden config of this architecture and the tokenizer of the bundled model, whose 512 tokens it then has. */
function checkpoint(name: string): object {
  const config = JSON.parse(readFileSync(join(goldens, name, 'config.json'), 'utf8'));
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'config.json'), JSON.stringify({ ...config, vocab_size: 512 }));
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) cpSync(join(bundled, file), join(folder, name, file));
  return { checkpoint: join(folder, name), weights: 'random' };
}

const gpt2 = checkpoint('gpt2');
const settings: { readonly [id: string]: Omit<LanguageModelConformanceSettings, 'engines'> } = {
  auto: { options: [gpt2] },
  gemma2: { options: [checkpoint('gemma2')] },
  gpt2: { options: [gpt2, { ...gpt2, train: 'last:1' }] },
  gpt_neox: { options: [checkpoint('gpt_neox')] },
  llama: { options: [{}, { train: 'lora' }] },
  opt: { options: [checkpoint('opt')] },
  phi3: { options: [checkpoint('phi3')] },
  qwen2: { options: [checkpoint('qwen2')] },
  qwen3: { options: [checkpoint('qwen3')] },
};

testEveryPlugin(await builtInsOf('language-model'), settings, (plugin, own) =>
  testLanguageModel(plugin, { engines: [cpu, wasm], ...own }),
);
