import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAllTensors } from '@interfuse/safetensors';
import { afterAll, expect, it } from 'vitest';
import { loadLanguageModel } from '../load.js';
import { convertLlama2c } from './llama2c.js';

const work = mkdtempSync(join(tmpdir(), 'interfuse-llama2c-'));
afterAll(() => rmSync(work, { recursive: true }));

// Width 8, feed-forward 6, two layers, two heads of which one key head, vocabulary 4, context 3.
const header = [8, 6, 2, 2, 1, 4, 3];
const perLayer = 8 + 64 + 32 + 32 + 64 + 8 + 48 + 48 + 48;
const count = 32 + 2 * perLayer + 8 + 3 * 4;

/** Every number is its own position, so that it can be told where it went. */
function modelFile(name: string, { floats = count, vocabulary = 4 } = {}): string {
  const sizes = Int32Array.from(header.with(5, vocabulary));
  const values = Float32Array.from({ length: floats }, (_, i) => i);
  const file = join(work, name);
  writeFileSync(file, Buffer.concat([new Uint8Array(sizes.buffer), new Uint8Array(values.buffer)]));
  return file;
}

function tokenizerFile(): string {
  const pieces = ['<unk>', '\n<s>\n', '\n</s>\n', ' '].map((text) => {
    const head = Buffer.alloc(8);
    head.writeInt32LE(text.length, 4);
    return Buffer.concat([head, Buffer.from(text)]);
  });
  const file = join(work, 'tokenizer.bin');
  writeFileSync(file, Buffer.concat([Buffer.alloc(4), ...pieces]));
  return file;
}

it('writes a folder that loads as Llama, with the rows of query and key split in halves head by head', async () => {
  const folder = join(work, 'folder');
  await convertLlama2c(modelFile('model.bin'), tokenizerFile(), folder);
  const { config } = await loadLanguageModel(folder);
  expect(config).toMatchObject({ width: 8, layers: 2, heads: 2, vocabulary: 4, contextLength: 3 });
  const tensors = await readAllTensors(join(folder, 'model.safetensors'));
  const rows = (name: string, start: number): number[] => {
    const { data, shape } = tensors[`model.layers.${name}.weight`] as { data: Float32Array; shape: number[] };
    return Array.from({ length: shape[0] as number }, (_, row) => ((data[8 * row] as number) - start) / 8);
  };
  const queries = 32 + 2 * 8; // after the embedding and both layers' attention norms
  expect(rows('0.self_attn.q_proj', queries)).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
  expect(rows('1.self_attn.q_proj', queries + 64)).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
  expect(rows('0.self_attn.k_proj', queries + 2 * 64)).toEqual([0, 2, 1, 3]);
  expect(rows('0.self_attn.v_proj', queries + 2 * 64 + 2 * 32)).toEqual([0, 1, 2, 3]);
});

it('takes a negative vocabulary for a head of its own', async () => {
  const folder = join(work, 'untied');
  await convertLlama2c(modelFile('untied.bin', { vocabulary: -4, floats: count + 32 }), tokenizerFile(), folder);
  const tensors = await readAllTensors(join(folder, 'model.safetensors'));
  expect(tensors['lm_head.weight']?.data[0]).toBe(count);
});

it('refuses a file that is cut off or too long', async () => {
  for (const floats of [count - 1, count + 1]) {
    const converted = convertLlama2c(modelFile('damaged.bin', { floats }), tokenizerFile(), join(work, 'none'));
    await expect(converted).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  }
});
