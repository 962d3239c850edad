import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InterfuseError, type Leaf } from '@interfuse/core';
import { flattenLeaves } from '@interfuse/nn';
import {
  encodeHeader,
  readAllTensors,
  type StoredTensor,
  type TensorToWrite,
  writeSafetensors,
} from '@interfuse/safetensors';
import { afterAll, describe, expect, it } from 'vitest';
import { loadLanguageModel } from './index.js';

const goldens = fileURLToPath(new URL('../../../test/goldens/lm', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'interfuse-checkpoint-'));
afterAll(() => rmSync(work, { recursive: true }));

type Tensors = Record<string, TensorToWrite | StoredTensor>;

let serial = 0;
/** A copy of one of the goldens with other tensors or fields; nothing of it is kept in mind between tests. */
async function checkpoint(
  family: string,
  change: (tensors: Record<string, StoredTensor>) => Tensors = (tensors) => tensors,
  fields: object = {},
): Promise<string> {
  serial += 1;
  const folder = join(work, String(serial));
  cpSync(join(goldens, family), folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...fields }));
  const file = join(folder, 'model.safetensors');
  await writeSafetensors(file, change(await readAllTensors(file)));
  return folder;
}

/** The same, in shards of nine tensors. */
async function sharded(family: string): Promise<{ folder: string; shards: string[]; index: string }> {
  const folder = await checkpoint(family);
  const whole = join(folder, 'model.safetensors');
  const entries = Object.entries(await readAllTensors(whole));
  const shards: string[] = [];
  const map: Record<string, string> = {};
  for (let first = 0; first < entries.length; first += 9) {
    const shard = `model-${String(shards.length + 1).padStart(5, '0')}.safetensors`;
    const part = entries.slice(first, first + 9);
    await writeSafetensors(join(folder, shard), Object.fromEntries(part));
    for (const [name] of part) map[name] = shard;
    shards.push(shard);
  }
  rmSync(whole);
  const index = join(folder, 'model.safetensors.index.json');
  writeFileSync(index, JSON.stringify({ metadata: { total_size: 0 }, weight_map: map }));
  return { folder, shards, index };
}

const renamed = (tensors: Tensors, rename: (name: string) => string): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), tensor]));

const without = (tensors: Tensors, pattern: RegExp): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => !pattern.test(name)));

async function load(folder: string): Promise<ReadonlyMap<string, Leaf>> {
  return flattenLeaves((await loadLanguageModel(folder)).parameters);
}

/** The error, which has to come in less than a second. */
async function refusal(folder: string): Promise<InterfuseError> {
  const begin = performance.now();
  const error = await load(folder).catch((reason: unknown) => reason);
  expect(performance.now() - begin).toBeLessThan(1000);
  if (error instanceof InterfuseError) return error;
  throw new Error(`expected a coded error, got ${String(error)}`);
}

const tensorOf = (leaf: Leaf | undefined): string => (leaf?.start.kind === 'stored' ? leaf.start.tensor : 'none');
const zeros = (...shape: number[]): TensorToWrite => ({
  shape,
  data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)),
});

describe('the names of tensors', () => {
  it.each([
    ['llama', 'model.', 'norm/weight', 'norm.weight'],
    ['gpt2', 'transformer.', 'blocks/0/attention/queryKeyValue/weight', 'h.0.attn.c_attn.weight'],
  ])('of %s may lack their first part', async (family, prefix, path, name) => {
    const folder = await checkpoint(family, (tensors) => renamed(tensors, (full) => full.replace(prefix, '')));
    expect(tensorOf((await load(folder)).get(path))).toBe(name);
  });

  it('may come with buffers and the heads of other tasks, which are left alone', async () => {
    const folder = await checkpoint('gpt2', (tensors) => ({
      ...tensors,
      'transformer.h.0.attn.bias': { shape: [1, 1, 64, 64], data: new Uint8Array(4096), type: 'BOOL' },
      'transformer.h.0.attn.masked_bias': zeros(1),
      'score.weight': zeros(2, 32),
    }));
    await load(folder);
    const rotary = await checkpoint('llama', (tensors) => ({
      ...tensors,
      'model.layers.0.self_attn.rotary_emb.inv_freq': zeros(4),
      position_ids: { shape: [1, 4], data: new Int32Array(4) },
    }));
    await load(rotary);
  });

  it('are all named that are missing, left over, misshapen or whole numbers, in one error', async () => {
    const folder = await checkpoint('llama', (tensors) => ({
      ...without(tensors, /layers\.1\.mlp\.up_proj/),
      'model.norm.weight': zeros(31),
      'model.layers.0.input_layernorm.weight': { shape: [32], data: new Int32Array(32) },
      'vision_tower.weight': zeros(2),
    }));
    expect((await refusal(folder)).got).toBe(
      'model.layers.0.input_layernorm.weight: I32, not floats; model.norm.weight: [31], not [32]; ' +
        'model.layers.1.mlp.up_proj.weight: missing; vision_tower.weight: not of this model',
    );
  });

  it('are counted where they would fill the screen', async () => {
    const folder = await checkpoint('llama', undefined, { num_hidden_layers: 10_000 });
    const { got } = await refusal(folder);
    expect(got).toMatch(/missing and 89961 more$/);
    expect(got.length).toBeLessThan(1000);
  });
});

describe('a head', () => {
  const embedding = 'model.embed_tokens.weight';

  it('that is a copy of the embedding is left alone where the config ties them', async () => {
    const folder = await checkpoint('llama', (tensors) => ({
      ...tensors,
      'lm_head.weight': tensors[embedding] as StoredTensor,
    }));
    expect((await load(folder)).has('head/weight')).toBe(false);
  });

  it('that differs from the embedding is not thrown away silently', async () => {
    const folder = await checkpoint('llama', (tensors) => ({ ...tensors, 'lm_head.weight': zeros(97, 32) }));
    const error = await refusal(folder);
    expect(error.got).toBe('lm_head.weight: not of this model');
    expect(error.remedy).toContain('"tie_word_embeddings": false');
  });

  it('that a whole model lacks is the embedding, whatever the config says', async () => {
    const leaves = await load(await checkpoint('llama', undefined, { tie_word_embeddings: false }));
    expect(tensorOf(leaves.get('head/weight'))).toBe(embedding);
  });

  it('that was not saved with a model without one is missing', async () => {
    const folder = await checkpoint('llama', (tensors) => renamed(tensors, (name) => name.replace('model.', '')), {
      tie_word_embeddings: false,
    });
    const error = await refusal(folder);
    expect(error.got).toBe('lm_head.weight: missing');
    expect(error.remedy).toContain('without its head');
  });
});

describe('shards', () => {
  it('may be links into the blobs of a cache', async () => {
    const { folder, shards } = await sharded('llama');
    mkdirSync(join(folder, 'blobs'));
    for (const [i, shard] of shards.entries()) {
      renameSync(join(folder, shard), join(folder, 'blobs', `hash${i}`));
      symlinkSync(join('blobs', `hash${i}`), join(folder, shard));
    }
    const files = [...(await load(folder)).values()].map(({ start }) => start.kind === 'stored' && start.file);
    expect(new Set(files)).toEqual(new Set(shards.map((shard) => join(folder, shard))));
  });

  it('that are missing are listed', async () => {
    const { folder, shards, index } = await sharded('llama');
    for (const shard of shards.slice(1)) rmSync(join(folder, shard));
    const error = await refusal(folder);
    expect(error).toMatchObject({ code: 'LANGUAGE_MODEL_INVALID', place: index });
    expect(error.got).toBe(`${shards.slice(1).join(', ')} missing`);
  });

  it('that are cut off are named', async () => {
    const { folder, shards } = await sharded('llama');
    truncateSync(join(folder, shards[1] as string), 2000);
    const error = await refusal(folder);
    expect(error.code).toBe('SAFETENSORS_INVALID');
    expect(error.place).toContain(shards[1]);
  });

  it('that lack a tensor which the index puts there are named with it', async () => {
    const { folder, shards, index } = await sharded('llama');
    const map = JSON.parse(readFileSync(index, 'utf8')).weight_map;
    writeFileSync(index, JSON.stringify({ weight_map: { ...map, 'model.norm.weight': shards[0] } }));
    expect((await refusal(folder)).got).toBe(`model.norm.weight (not in ${shards[0]})`);
  });

  it.each([
    ['../../x.safetensors'],
    ['/etc/x.safetensors'],
    ['..'],
    ['sub/x.safetensors'],
    ['sub\\x.safetensors'],
    ['weights.bin'],
    [7],
    [null],
  ])('called %j lie nowhere beside an index', async (name) => {
    const { folder, index } = await sharded('llama');
    writeFileSync(index, JSON.stringify({ weight_map: { 'model.norm.weight': name } }));
    const error = await refusal(folder);
    expect(error.code).toBe('LANGUAGE_MODEL_INVALID');
    expect(error.got).toBe(`${JSON.stringify(name)} for model.norm.weight`);
  });

  it.each(['{}', '{"weight_map": []}', '{"weight_map": {}}', '[]', '', '{"weight_map"'])(
    'of an index %j are none',
    async (text) => {
      const { folder, index } = await sharded('llama');
      writeFileSync(index, text);
      expect(await refusal(folder)).toMatchObject({ code: 'LANGUAGE_MODEL_INVALID', place: index });
    },
  );
});

describe('a damaged folder is refused in less than a second:', () => {
  const header = (entries: object): Buffer => encodeHeader(entries as Record<string, unknown>);
  const entry = (begin: number, end: number) => ({
    dtype: 'F32',
    shape: [(end - begin) / 4],
    data_offsets: [begin, end],
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['a header of 100 GB', Buffer.from([0, 0xe8, 0x76, 0x48, 0x17, 0, 0, 0, 1, 2, 3])],
    ['offsets beyond the file', Buffer.concat([header({ a: entry(0, 4096) }), Buffer.alloc(64)])],
    ['overlapping tensors', Buffer.concat([header({ a: entry(0, 64), b: entry(32, 96) }), Buffer.alloc(96)])],
    ['a gap between tensors', Buffer.concat([header({ a: entry(0, 32), b: entry(64, 96) }), Buffer.alloc(96)])],
    ['a text', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n')],
  ])('%s', async (_, bytes) => {
    const folder = await checkpoint('llama');
    writeFileSync(join(folder, 'model.safetensors'), bytes);
    const error = await refusal(folder);
    expect(error).toMatchObject({ code: 'SAFETENSORS_INVALID' });
    expect(error.place).toContain('model.safetensors');
  });

  it.each(['model.safetensors', 'config.json'])('a folder in the place of %s', async (name) => {
    const folder = await checkpoint('llama');
    rmSync(join(folder, name));
    mkdirSync(join(folder, name));
    expect((await refusal(folder)).place).toContain(name);
  });

  it.each([
    ['config.json', ''],
    ['config.json', 'null'],
    ['config.json', '{"model_type": "llama"'],
    ['config.json', '[{"model_type": "llama"}]'],
  ])('%s that holds %j', async (name, text) => {
    const folder = await checkpoint('llama');
    writeFileSync(join(folder, name), text);
    expect(await refusal(folder)).toMatchObject({ code: 'LANGUAGE_MODEL_INVALID', place: join(folder, name) });
  });

  it.each([
    [{ hidden_size: '32' }, /hidden_size/],
    [{ hidden_size: [32] }, /hidden_size/],
    [{ num_hidden_layers: -1 }, /num_hidden_layers/],
    [{ num_hidden_layers: 1e9 }, /num_hidden_layers/],
    [{ vocab_size: null }, /vocab_size/],
    [{ rms_norm_eps: 'small' }, /rms_norm_eps/],
    [{ model_type: ['llama'] }, /model_type/],
    [{ quantization_config: { quant_method: 'gptq', bits: 4 } }, /quantization_config/],
  ])('a config with %j', async (fields, place) => {
    const error = await refusal(await checkpoint('llama', undefined, fields));
    expect(error.code).toBe('LANGUAGE_MODEL_INVALID');
    expect(error.place).toMatch(place);
  });

  it('a vocabulary of another size than the embedding', async () => {
    const { got } = await refusal(await checkpoint('llama', undefined, { vocab_size: 4000 }));
    expect(got).toBe('model.embed_tokens.weight: [97, 32], not [4000, 32]');
  });

  it('a pickle, which is not opened; the way to convert it is told', async () => {
    const folder = await checkpoint('llama');
    rmSync(join(folder, 'model.safetensors'));
    writeFileSync(join(folder, 'pytorch_model.bin'), 'cposix\nsystem\n(Vtouch opened\ntR.');
    const error = await refusal(folder);
    expect(error).toMatchObject({ code: 'LANGUAGE_MODEL_INVALID', got: 'pytorch_model.bin' });
    expect(error.remedy).toContain(
      'python -c "from transformers import AutoModelForCausalLM as M; M.from_pretrained(\'',
    );
    expect(error.remedy).toContain('safe_serialization=True');
    expect(error.remedy).not.toContain('\n');
  });

  it('a GGUF file in it, which has to be named itself', async () => {
    const folder = await checkpoint('llama');
    rmSync(join(folder, 'model.safetensors'));
    writeFileSync(join(folder, 'model-q8_0.gguf'), 'GGUF');
    expect((await refusal(folder)).remedy).toContain(join(folder, 'model-q8_0.gguf'));
  });
});
