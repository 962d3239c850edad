/** A trained GPT-2 of somebody else, step by step: `test/goldens/gpt-nano-sort`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Leaves, Pass, Tensors } from '@interfuse/core';
import {
  activate,
  attend,
  causalFrame,
  flattenLeaves,
  layerNorm,
  linear,
  mergeHeads,
  nestTensors,
  splitHeads,
} from '@interfuse/nn';
import { isStored, LeafFiles, readStoredLeaf, type TensorToWrite, writeSafetensors } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadLanguageModel } from '../load.js';

type Published = { readonly shape: number[]; readonly data: string };
type Affine = { readonly weight: tf.Tensor; readonly bias: tf.Tensor };

const read = (name: string): Record<string, Published> =>
  JSON.parse(readFileSync(new URL(`../../../../test/goldens/gpt-nano-sort/${name}.json`, import.meta.url), 'utf8'));
const expected = read('activations');
const folder = mkdtempSync(join(tmpdir(), 'interfuse-nano-sort-'));
afterAll(() => rmSync(folder, { recursive: true }));

function floats({ data }: Published): Float32Array {
  const bytes = Buffer.from(data, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

function transpose({ shape, data }: TensorToWrite): TensorToWrite {
  const [rows, columns] = shape as [number, number];
  const turned = Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);
  return { shape: [columns, rows], data: turned };
}

/** The published weights as the folder that transformers would save. */
async function writeCheckpoint(): Promise<void> {
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, published] of Object.entries(read('model'))) {
    if (name === 'config' || name.endsWith('.attn.bias')) continue; // The causal mask is no weight.
    const tensor = { shape: published.shape, data: floats(published) };
    const isProjection = /(c_attn|c_proj|c_fc)\.weight$/.test(name);
    tensors[name] = isProjection ? transpose(tensor) : tensor;
  }
  const sizes = { n_layer: 3, n_head: 3, n_embd: 48, vocab_size: 3, n_positions: 11 };
  const config = { model_type: 'gpt2', tie_word_embeddings: false, ...sizes };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
}

async function readLeaves<P extends Leaves>(tree: P): Promise<Tensors<P>> {
  const files = new LeafFiles();
  const tensors: Record<string, tf.Tensor> = {};
  for (const [path, leaf] of flattenLeaves(tree)) {
    if (!isStored(leaf)) throw new Error(`${path} is not stored`);
    tensors[path] = tf.tensor(await readStoredLeaf(path, leaf, await files.open(leaf)), [...leaf.shape]);
  }
  await files.close();
  return nestTensors(tree, tensors);
}

beforeAll(async () => {
  await tf.setBackend('cpu');
  await writeCheckpoint();
});

it('every activation of the sorter is reproduced, 24 tensors, and the letters come out sorted', async () => {
  const model = await loadLanguageModel(folder);
  const params = await readLeaves(model.parameters);
  const random = { uniform: () => tf.scalar(0), fork: () => random };
  const pass: Pass = { training: false, epoch: tf.scalar(0, 'int32'), random };
  const tokens = tf.tensor(Int32Array.from(floats(expected.idx as Published)), [3, 11], 'int32');
  const frame = causalFrame(tf.ones([3, 11], 'bool'), pass);
  const actual: Record<string, tf.Tensor> = {};

  actual.tok_emb = model.embed(params, tokens);
  actual.x = model.begin(params, actual.tok_emb, frame);
  actual.pos_emb = tf.expandDims((params as unknown as { positions: Affine }).positions.weight, 0);

  // The first block, from its own leaves and the layers that it is made of.
  const [block] = (params as unknown as { blocks: Record<string, Record<string, Affine> & Affine>[] }).blocks;
  const leaves = block as NonNullable<typeof block>;
  const at = (part: string, layer: string): Affine => (leaves[part] as Record<string, Affine>)[layer] as Affine;
  const epsilon = 1e-5;
  actual.ln1 = layerNorm(leaves.attentionNorm as Affine, actual.x, epsilon);
  actual.qkv = linear(at('attention', 'queryKeyValue'), actual.ln1);
  const [q, k, v] = tf.split(actual.qkv, 3, 2).map((part) => splitHeads(part, 3)) as [tf.Tensor, tf.Tensor, tf.Tensor];
  Object.assign(actual, { q, k, v });
  const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(16)); // [B, H, T, T]
  actual.att = tf.where(
    tf.broadcastTo(tf.expandDims(frame.allowed, 1), scores.shape),
    scores,
    Number.NEGATIVE_INFINITY,
  );
  const allowed = tf.expandDims(frame.allowed, 1);
  const attended = attend(q, k, v, { allowed, dropout: 0, pass });
  actual.attSm = attended.probabilities;
  actual.y = mergeHeads(attended.values);
  actual.yProj = linear(at('attention', 'output'), actual.y);
  actual.attnResid = tf.add(actual.x, actual.yProj);
  actual.ln2 = layerNorm(leaves.feedForwardNorm as Affine, actual.attnResid, epsilon);
  actual.fc = linear(at('feedForward', 'up'), actual.ln2);
  actual.gelu = activate('gelu-tanh', actual.fc);
  actual.mlp = linear(at('feedForward', 'down'), actual.gelu);
  actual.mlpResid = tf.add(actual.attnResid, actual.mlp);

  let hidden = actual.x;
  for (const index of [0, 1, 2]) {
    hidden = model.block(params, index, hidden, frame).hidden;
    actual[`block${index}`] = hidden;
  }
  actual.ln_f = model.norm(params, hidden);
  actual.lm_head = model.logits(params, actual.ln_f);
  actual.probs = tf.softmax(actual.lm_head);

  const names = Object.keys(expected).filter((name) => name !== 'config' && name !== 'idx');
  expect(names).toHaveLength(24);
  for (const name of names) {
    const { shape } = expected[name] as Published;
    expect(actual[name]?.shape, name).toEqual(shape);
    const values = floats(expected[name] as Published);
    const found = (await actual[name]?.data()) as Float32Array;
    const worst = found.reduce((most, value, i) => {
      const difference = value === values[i] ? 0 : Math.abs(value - (values[i] as number));
      return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
    }, 0);
    expect(worst, name).toBeLessThan(1e-5 * Math.max(1, ...values.map(Math.abs).filter(Number.isFinite)));
  }

  // Six letters, then the same in order: each is predicted from all before it.
  const ids = await tokens.array();
  const guesses = (await tf.argMax(actual.lm_head, 2).array()) as number[][];
  for (const [row, sequence] of (ids as number[][]).entries()) {
    expect(guesses[row]?.slice(5)).toEqual([...sequence.slice(0, 6)].sort());
  }
});
