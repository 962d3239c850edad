import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfigFile } from '@interfuse/core/config';
import { openDataset } from '@interfuse/datasets/folder';
import { checkpointFolder, loadTokenizer } from '@interfuse/lm-adapters';
import { expect, it } from 'vitest';

const read = async (path: string) => (await readConfigFile(fileURLToPath(new URL(path, import.meta.url)))).config;

it('is the default comparison on other data, at a pace of its own', async () => {
  const [own, standard] = await Promise.all(
    ['../config.yaml', '../../../packages/suite/configs/default.yaml'].map(read),
  );
  for (const section of ['languageModel', 'fusion', 'seeds']) expect(own?.[section]).toEqual(standard?.[section]);
});

it('cuts no text', async () => {
  const { data } = (await read('../config.yaml')) as { data: { textLength: number } };
  const folder = fileURLToPath(new URL('../../../packages/datasets/data/staged', import.meta.url));
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
