import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfigFile } from '@interfuse/core/config';
import { openDataset } from '@interfuse/datasets/folder';
import { checkpointFolder, loadTokenizer } from '@interfuse/lm-adapters';
import { expect, it } from 'vitest';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const read = async (relative: string) => (await readConfigFile(path(relative))).config;
const standard = () => read('../configs/default.yaml');

it('cuts no text of the bundled dataset', async () => {
  const { data } = (await standard()) as { data: { use: string; textLength: number } };
  const folder = path(`../../datasets/data/${data.use}`);
  const tokenizer = await loadTokenizer(checkpointFolder('stories260k', resolve), 512);
  const texts = await Promise.all(
    ['train', 'valid', 'test'].map(async (split) => {
      const lines = (await readFile(`${folder}/${split}/samples.jsonl`, 'utf8')).trim().split('\n');
      return lines.map((line) => (JSON.parse(line) as { text: string }).text);
    }),
  );
  const longest = Math.max(...texts.flat().map((text) => tokenizer.encode(text).length));
  expect(longest).toBeLessThanOrEqual(data.textLength);
  expect((await openDataset(folder)).spec.name).toBe('staged');
});

it('compares at least eight strategies with three seeds, of several kinds, with the same language model as the example', async () => {
  const { fusion, seeds, languageModel } = (await standard()) as {
    fusion: unknown[];
    seeds: number[];
    languageModel: unknown;
  };
  expect(fusion.length).toBeGreaterThanOrEqual(8);
  expect(seeds).toHaveLength(3);
  const example = await read('../../../examples/sentences/config.yaml');
  expect({ languageModel, seeds }).toEqual({ languageModel: example.languageModel, seeds: example.seeds });
});
