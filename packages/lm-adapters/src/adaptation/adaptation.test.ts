import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, type HostTensor, isInterfuseError, type LanguageModel, type Store } from '@interfuse/core';
import { wasm } from '@interfuse/engine-tfjs';
import { countParameters, createRandom, flattenLeaves, nestTensors } from '@interfuse/nn';
import { readAllTensors, readHeader } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointFolder } from '../checkpoint-folder.js';
import { families, goldens } from '../families.test-support.js';
import { loadLanguageModel } from '../load.js';
import type { LoraOptions } from './choice.js';
import { saveAdapter, saveMerged } from './save.js';

const stories = checkpointFolder('stories260k', (path) => path);
const work = mkdtempSync(join(tmpdir(), 'interfuse-adaptation-'));
afterAll(() => rmSync(work, { recursive: true }));

let engine: Engine;
beforeAll(async () => {
  const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  engine = await (await wasm.load())({}, { logger });
});
afterAll(() => engine.dispose());

const lora: LoraOptions = { rank: 4, alpha: 12, dropout: 0, targets: 'all-linear' };
const withLora = (folder: string, changes: Partial<LoraOptions> = {}) =>
  loadLanguageModel(folder, { train: 'lora', lora: { ...lora, ...changes } });

const trainedPaths = ({ parameters }: LanguageModel): string[] =>
  [...flattenLeaves(parameters)].filter(([, leaf]) => leaf.train).map(([path]) => path);

/** A store with the model in it, and B of its additions no longer zero. */
async function storeOf(model: LanguageModel, { awake = true } = {}): Promise<Store> {
  const store = engine.createStore();
  await store.allocate(flattenLeaves(model.parameters), 1);
  const values = await store.read(store.paths.filter((path) => awake && path.endsWith('/lora/up')));
  const moved = Object.entries(values).map(([path, tensor]): [string, HostTensor] => [
    path,
    { ...tensor, data: Float32Array.from(tensor.data, (_, i) => 0.3 * Math.sin(i + path.length)) },
  ]);
  await store.write(Object.fromEntries(moved));
  return store;
}

/** Logits of a text, [T x vocabulary]. */
async function logitsOf(model: LanguageModel, store: Store, { training = false } = {}): Promise<number[]> {
  const program = engine.compile(
    {
      name: 'logits',
      run(variables, { tokens, step }) {
        const params = nestTensors(model.parameters, variables);
        const mask = tf.onesLike(tokens as tf.Tensor).cast('bool');
        const text = { tokens: tokens as tf.Tensor, mask, present: tf.any(mask, 1) };
        const pass = { training, epoch: tf.scalar(0, 'int32'), random: createRandom(1, step as tf.Tensor) };
        const hidden = model.norm(params, model.prefix(params, text, model.config.layers, pass));
        return { updates: {}, outputs: { logits: model.logits(params, hidden) } };
      },
    },
    store,
  );
  const { logits } = await program.run({
    tokens: { shape: [1, 5], type: 'int32', data: Int32Array.of(3, 1, 4, 1, 5) },
    step: { shape: [], type: 'int32', data: Int32Array.of(0) },
  });
  return Array.from(logits?.data ?? []);
}

function worst(actual: readonly number[], expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] as number))));
}

const reader = (model: LanguageModel, store: Store) => ({
  model,
  read: async (path: string) => (await store.read([path]))[path]?.data as Float32Array,
});

async function freshFolder(name: string): Promise<string> {
  const folder = join(work, name);
  await mkdir(folder);
  return folder;
}

describe('what trains', () => {
  it('is counted before a weight is read, and stays in one group', async () => {
    const counts: Record<string, number> = {};
    for (const train of ['frozen', 'lora', 'last:1', 'last:5', 'all']) {
      const model = await loadLanguageModel(stories, { train, lora });
      counts[train] = countParameters(model.parameters).trainable;
      expect(model.adaptation?.train).toBe(train);
      for (const leaf of flattenLeaves(model.parameters).values()) {
        if (leaf.train) expect(leaf.group).toBe('language-model');
      }
    }
    // Width 64, keys and values of 32, feed-forward of 172: 45,568 entries in the matrices of a block, and two norms.
    const block = 2 * 64 * 64 + 2 * 32 * 64 + 3 * 64 * 172 + 2 * 64;
    const additions = 4 * (2 * (64 + 64) + 2 * (64 + 32) + 3 * (64 + 172));
    expect(counts).toEqual({
      frozen: 0,
      lora: 5 * additions,
      'last:1': block + 64,
      'last:5': 5 * block + 64,
      all: 5 * block + 64 + 512 * 64,
    });
  });

  it('leaves norms and biases out of weight decay', async () => {
    const { parameters } = await loadLanguageModel(join(goldens, 'gpt2'), { train: 'all' });
    for (const [path, leaf] of flattenLeaves(parameters)) {
      expect(leaf.decay === false, path).toBe(/bias$|[nN]orm\/weight$/.test(path));
    }
  });

  it('is the last blocks and the final norm', async () => {
    const paths = trainedPaths(await loadLanguageModel(stories, { train: 'last:2' }));
    expect(new Set(paths.map((path) => path.split('/').slice(0, 2).join('/')))).toEqual(
      new Set(['blocks/3', 'blocks/4', 'norm/weight']),
    );
  });

  it.each(['last:6', 'last:0', 'some'])('is refused as %s', async (train) => {
    const error = await loadLanguageModel(stories, { train }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFIG_WRONG_VALUE', place: 'languageModel.options.train' });
  });
});

describe.each(families)('of %s', (family) => {
  it('the last block and the final norm train, where that is asked for', async () => {
    const { parameters } = await loadLanguageModel(join(goldens, family), { train: 'last:1' });
    const paths = [...flattenLeaves(parameters).keys()];
    const expected = paths.filter((path) => path.startsWith('blocks/2/') || path.startsWith('norm/'));
    expect(trainedPaths({ parameters } as LanguageModel)).toEqual(expected);
    expect(expected.some((path) => path.startsWith('norm/'))).toBe(true);
  });
});

it('a model without a final norm trains its last blocks all the same', async () => {
  const folder = await freshFolder('norms-after');
  const config = JSON.parse(readFileSync(join(goldens, 'opt', 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, do_layer_norm_before: false }));
  const model = await loadLanguageModel(folder, { train: 'last:1', weights: 'random' });
  const paths = trainedPaths(model);
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => !path.startsWith('blocks/2/'))).toEqual([]);
  expect('norm' in model.parameters).toBe(false);
});

describe.each(families)('low-rank additions to %s', (family) => {
  const folder = join(goldens, family);

  it('change nothing before they are trained, and something after', async () => {
    const [frozen, model] = [await loadLanguageModel(folder), await withLora(folder)];
    const before = await logitsOf(frozen, await storeOf(frozen));
    expect(await logitsOf(model, await storeOf(model, { awake: false }))).toEqual(before);
    expect(worst(await logitsOf(model, await storeOf(model)), before)).toBeGreaterThan(0.01);
  });

  it('draw dropout in training alone', async () => {
    const model = await withLora(folder, { dropout: 0.5 });
    const plain = await withLora(folder);
    const store = await storeOf(model);
    expect(await logitsOf(model, store)).toEqual(await logitsOf(plain, store));
    const training = await logitsOf(model, store, { training: true });
    expect(await logitsOf(model, store, { training: true })).toEqual(training);
    expect(training).not.toEqual(await logitsOf(plain, store, { training: true }));
  });

  it('merged into the weights give the same logits', async () => {
    const model = await withLora(folder);
    const store = await storeOf(model);
    const target = await freshFolder(`${family}-merged`);
    await saveMerged(target, reader(model, store));
    const merged = await loadLanguageModel(target);
    expect(trainedPaths(merged)).toEqual([]);
    const separate = await logitsOf(model, store);
    const scale = Math.max(...separate.map(Math.abs));
    expect(worst(await logitsOf(merged, await storeOf(merged)), separate) / scale).toBeLessThan(1e-5);
  });

  it('merged into the weights keep the names and shapes of the checkpoint', async () => {
    const model = await withLora(folder);
    const target = await freshFolder(`${family}-shapes`);
    await saveMerged(target, reader(model, await storeOf(model)));
    const shapes = (at: string) =>
      [...readHeader(join(at, 'model.safetensors')).tensors].map(([name, { shape }]) => [name, shape]).sort();
    expect(shapes(target)).toEqual(shapes(folder));
  });

  it('come back from an adapter as they were', async () => {
    const model = await withLora(folder);
    const store = await storeOf(model);
    const from = await freshFolder(`${family}-adapter`);
    await saveAdapter(from, reader(model, store), family);
    const again = await withLora(folder, { rank: 99, targets: 'nothing', from });
    expect(again.adaptation?.lowRank).toMatchObject({ rank: 4, alpha: 12 });
    expect(trainedPaths(again)).toEqual(trainedPaths(model));
    expect(await logitsOf(again, await storeOf(again, { awake: false }))).toEqual(await logitsOf(model, store));
  });
});

describe('an adapter', () => {
  // Names and shapes as PEFT 0.17 writes them: https://huggingface.co/docs/peft/developer_guides/checkpoint
  it.each([
    {
      family: 'gpt2',
      targets: ['c_attn'],
      stem: 'base_model.model.transformer.h.0.attn.c_attn',
      shapes: [
        [4, 32],
        [96, 4],
      ],
      transposes: true,
    },
    {
      family: 'llama',
      targets: ['q_proj', 'v_proj'],
      stem: 'base_model.model.model.layers.0.self_attn.q_proj',
      shapes: [
        [4, 32],
        [32, 4],
      ],
      transposes: false,
    },
  ])('of $family has the names and shapes of PEFT', async ({ family, targets, stem, shapes, transposes }) => {
    const model = await withLora(join(goldens, family), { targets });
    const folder = await freshFolder(`peft-${family}`);
    await saveAdapter(folder, reader(model, await storeOf(model)), 'some/model');
    const tensors = await readAllTensors(join(folder, 'adapter_model.safetensors'));
    expect(tensors[`${stem}.lora_A.weight`]?.shape).toEqual(shapes[0]);
    expect(tensors[`${stem}.lora_B.weight`]?.shape).toEqual(shapes[1]);
    expect(Object.keys(tensors).length).toBe(2 * model.config.layers * targets.length);
    expect(JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8'))).toMatchObject({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: 'some/model',
      r: 4,
      lora_alpha: 12,
      target_modules: targets,
      fan_in_fan_out: transposes,
    });
  });

  it('starts as PEFT starts it: A uniform up to 1 / sqrt(inputs), B zero', async () => {
    const { parameters } = await withLora(join(goldens, 'llama'));
    const leaves = flattenLeaves(parameters);
    const bound = 1 / Math.sqrt(32);
    expect(leaves.get('blocks/0/attention/query/lora/down')?.start).toEqual({ kind: 'uniform', bound });
    expect(leaves.get('blocks/0/attention/query/lora/up')?.start).toEqual({ kind: 'constant', value: 0 });
  });

  it('adapts the projections whose names end in a target', async () => {
    const adapted = async (targets: LoraOptions['targets']) => [
      ...((await withLora(join(goldens, 'gpt2'), { targets })).adaptation?.lowRank?.modules.values() ?? []),
    ];
    expect((await adapted('attn.c_proj'))[0]).toBe('transformer.h.0.attn.c_proj');
    expect((await adapted('c_proj')).length).toBe(2 * (await adapted('attn.c_proj')).length);
  });

  it('of projections that are not there names those that are', async () => {
    const error = await withLora(join(goldens, 'gpt2'), { targets: ['q_proj', 'c_fc'] }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'languageModel.options.lora.targets',
      expected: expect.stringContaining('c_attn, c_proj, c_fc'),
      got: 'q_proj',
    });
  });

  it('of another model, of another kind, or that is not there is refused', async () => {
    const model = await withLora(join(goldens, 'gpt2'));
    const from = await freshFolder('other');
    await saveAdapter(from, reader(model, await storeOf(model)), 'gpt2');
    const refused = async (folder: string, at: string) =>
      withLora(folder, { from: at }).catch((e: unknown) => (isInterfuseError(e) ? e : Promise.reject(e)));
    expect(await refused(join(goldens, 'llama'), from)).toMatchObject({ code: 'LANGUAGE_MODEL_INVALID' });
    expect(await refused(stories, join(work, 'nowhere'))).toMatchObject({ code: 'LANGUAGE_MODEL_UNKNOWN' });
    const config = join(from, 'adapter_config.json');
    writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), use_dora: true }));
    expect(await refused(join(goldens, 'gpt2'), from)).toMatchObject({ place: expect.stringContaining('use_dora') });
  });

  it('is not made of a model whose weights themselves were trained', async () => {
    const model = await loadLanguageModel(stories, { train: 'last:1' });
    const saved = saveAdapter(work, reader(model, await storeOf(model)), 'stories260k');
    await expect(saved).rejects.toMatchObject({
      code: 'PLUGIN_REQUIREMENT',
      remedy: expect.stringContaining('--merged'),
    });
  });
});
