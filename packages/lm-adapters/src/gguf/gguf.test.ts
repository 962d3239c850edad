import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BlockType,
  type Engine,
  InterfuseError,
  type LanguageModel,
  type LanguageModelHost,
} from '@interfuse/core';
import { plugins as engines } from '@interfuse/engine-tfjs';
import { createRandom, flattenLeaves, nestTensors } from '@interfuse/nn';
import { isStored, LeafFiles, readStoredLeaf } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderGguf, storiesFolder, storiesGguf } from '../../test/folder-gguf.js';
import { type Field, type GgufContent, ggufBytes, type TensorToWrite } from '../../test/gguf-writer.js';
import { quantise, type WrittenType } from '../../test/quantise.js';
import { openCheckpoint } from '../checkpoint.js';
import { readEndTokens } from '../end-tokens.js';
import { greedyDecode } from '../generate.js';
import { llama, loadLanguageModel, loadTokenizer } from '../index.js';
import { inspectCheckpoint } from '../inspect.js';
import { createTokenizer } from '../tokenizer.js';
import { readTokenizerDefinition } from '../tokenizer-definition.js';

const asStored = {
  weights: 'stored',
  train: 'frozen',
  lora: { rank: 8, alpha: 16, dropout: 0, targets: 'all-linear', from: null },
  precision: 'stored',
} as const;

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const work = mkdtempSync(join(tmpdir(), 'interfuse-gguf-'));
afterAll(() => rmSync(work, { recursive: true }));

let engine: Engine;
beforeAll(async () => {
  const wasm = engines.find(({ id }) => id === 'wasm');
  engine = (await (await wasm?.load())?.({} as never, { logger: quiet })) as Engine;
});
afterAll(() => engine.dispose());

let serial = 0;
function written(content: GgufContent, lie = {}): string {
  serial += 1;
  const file = join(work, `${serial}.gguf`);
  writeFileSync(file, ggufBytes(content, lie));
  return file;
}

/** The logits of a model at each position of a text: [T vocabulary]. */
async function logitsOf(model: LanguageModel, tokens: readonly number[]): Promise<Float32Array> {
  const store = engine.createStore();
  await store.allocate(flattenLeaves({ model: model.parameters }), 0);
  const program = engine.compile(
    {
      name: 'logits',
      run(variables, { tokens, mask }) {
        const { model: params } = nestTensors({ model: model.parameters }, variables);
        const now = tf.scalar(0, 'int32');
        const pass = { training: false, epoch: now, random: createRandom(0, now) };
        const text = { tokens: tokens as tf.Tensor, mask: mask as tf.Tensor, present: tf.any(mask as tf.Tensor, 1) };
        const hidden = model.norm(params, model.prefix(params, text, model.config.layers, pass));
        return { updates: {}, outputs: { logits: model.logits(params, hidden) } };
      },
    },
    store,
  );
  const shape = [1, tokens.length];
  const { logits } = await program.run({
    tokens: { shape, type: 'int32', data: Int32Array.from(tokens) },
    mask: { shape, type: 'bool', data: new Uint8Array(tokens.length).fill(1) },
  });
  store.dispose?.();
  return logits?.data as Float32Array;
}

async function refusal(promise: Promise<unknown>): Promise<InterfuseError> {
  const begin = performance.now();
  const error = await promise.catch((reason: unknown) => reason);
  expect(performance.now() - begin).toBeLessThan(1000);
  if (error instanceof InterfuseError) return error;
  throw new Error(`expected a coded error, got ${String(error)}`);
}

const sentence = 'Once upon a time, there was a little girl named Lily.';

describe('stories260k as a GGUF file', async () => {
  const stories = await storiesGguf('F32');
  const file = written(stories);
  const original = await loadLanguageModel(storiesFolder);
  const tokenizer = await loadTokenizer(storiesFolder, 512);
  const tokens = tokenizer.encode(sentence);

  it('has the config of the folder, field by field', async () => {
    const { fields } = (await openCheckpoint(file)).config;
    const { architectures, dtype, ...config } = JSON.parse(readFileSync(join(storiesFolder, 'config.json'), 'utf8'));
    expect(fields).toEqual(config);
  });

  it('gives the same logits, bit for bit', async () => {
    const logits = await logitsOf(original, tokens);
    expect(logits).toHaveLength(tokens.length * 512);
    expect(await logitsOf(await loadLanguageModel(file), tokens)).toEqual(logits);
  });

  it('tells the story that it is known for, with the tokenizer in the file', async () => {
    const model = await loadLanguageModel(file);
    const own = await loadTokenizer(file, model.config.vocabulary);
    const story = own.decode(await greedyDecode(model, engine, own.encode(''), 20));
    expect(story).toMatch(/^Once upon a time, there was a little girl named Lily\./);
  });

  // Largest difference of a logit, as a share of the largest logit; measured at 0.0006, 0.003, 0.012, 0.14 and 0.25.
  it.each([
    ['F16', 0.001],
    ['BF16', 0.01],
    ['Q8_0', 0.02],
    ['Q4_1', 0.25],
    ['Q4_0', 0.4],
  ] as const)('in %s gives logits that are off by at most %d of the largest one', async (type, tolerance) => {
    const exact = await logitsOf(original, tokens);
    const logits = await logitsOf(await loadLanguageModel(written(await storiesGguf(type))), tokens);
    const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const difference = logits.reduce((most, value, i) => Math.max(most, Math.abs(value - (exact[i] as number))), 0);
    expect(difference / largest).toBeLessThan(tolerance);
    expect(difference).toBeGreaterThan(0);
  });

  it('has the tokenizer of the folder', async () => {
    const own = await loadTokenizer(file, 512);
    const texts = [sentence, '', '  two  spaces ', 'Crème brûlée 🙂', '日本', '<s> and </s> inside', 'a\n\nb'];
    for (const text of texts) expect(own.encode(text), text).toEqual(tokenizer.encode(text));
    for (const text of texts) expect(own.decode(own.encode(text))).toBe(tokenizer.decode(tokenizer.encode(text)));
    expect(own.padToken).toBe(tokenizer.padToken);
  });

  it('is named in a config like a folder', async () => {
    const host: LanguageModelHost = { resolvePath: (path) => join(work, path), logger: quiet };
    writeFileSync(join(work, 'model.gguf'), ggufBytes(stories));
    const open = await llama.load();
    const opened = await open({ checkpoint: './model.gguf', ...asStored }, host);
    expect(opened.model.config.vocabulary).toBe(512);
    expect(opened.tokenizer.encode(sentence)).toEqual(tokens);
    const absent = open({ checkpoint: './other.gguf', ...asStored }, host);
    expect(await refusal(absent)).toMatchObject({ code: 'LANGUAGE_MODEL_UNKNOWN' });
  });

  it('is inspected like a folder', async () => {
    const inspected = join(work, 'inspected.gguf');
    writeFileSync(inspected, ggufBytes(stories));
    expect(await inspectCheckpoint(inspected)).toMatchObject({
      architecture: 'llama',
      sizes: { layers: 5, width: 64, vocabulary: 512 },
      parameters: 260_032,
      files: [{ file: 'inspected.gguf', types: { F32: 260_032 } }],
      tokenizer: { kind: 'BPE', vocabulary: 512, special: { bos: '<s>', eos: '</s>' } },
      adapter: { use: 'llama' },
    });
    expect(await readEndTokens(inspected)).toEqual([2]);
  });

  it('may be held in fewer bits than it is decoded to', async () => {
    const coded = written(await storiesGguf('Q8_0'));
    const exact = await logitsOf(original, tokens);
    const logits = await logitsOf(await loadLanguageModel(coded, { precision: 'int8' }), tokens);
    const difference = logits.reduce((most, value, i) => Math.max(most, Math.abs(value - (exact[i] as number))), 0);
    expect(difference / Math.max(...exact)).toBeLessThan(0.04);
  });

  it('may have a head of its own', async () => {
    const embedding = stories.tensors['token_embd.weight'] as TensorToWrite;
    const untied = written({ ...stories, tensors: { ...stories.tensors, 'output.weight': embedding } });
    const leaves = flattenLeaves((await loadLanguageModel(untied)).parameters);
    expect(leaves.get('head/weight')?.start).toMatchObject({ tensor: 'output.weight' });
  });

  it('with a weight that is no number is refused when an engine takes it in', async () => {
    const norm = { shape: [64], type: 'F32', bytes: quantise('F32', new Float32Array(64).fill(Number.NaN)) } as const;
    const model = await loadLanguageModel(
      written({ ...stories, tensors: { ...stories.tensors, 'output_norm.weight': norm } }),
    );
    const allocated = engine.createStore().allocate(flattenLeaves(model.parameters), 0);
    expect(await refusal(allocated)).toMatchObject({
      code: 'WEIGHTS_NOT_FINITE',
      place: expect.stringContaining('output_norm.weight'),
    });
  });

  it('is named whole where tensors are missing or not of the model', async () => {
    const { 'blk.1.ffn_up.weight': _, ...tensors } = stories.tensors;
    const other = { shape: [4], type: 'F32', bytes: new Uint8Array(16) } as const;
    const error = await refusal(
      loadLanguageModel(written({ ...stories, tensors: { ...tensors, 'blk.0.ffn_gate_exps.weight': other } })),
    );
    expect(error).toMatchObject({ code: 'LANGUAGE_MODEL_INVALID' });
    expect(error.got).toBe('model.layers.1.mlp.up_proj.weight: missing; blk.0.ffn_gate_exps.weight: not of this model');
  });

  describe('is refused in less than a second', () => {
    const withFields = (fields: Record<string, Field>): GgufContent => ({
      ...stories,
      fields: { ...stories.fields, ...fields },
    });
    const norm = stories.tensors['output_norm.weight'] as TensorToWrite;
    const withNorm = (change: Partial<TensorToWrite>): GgufContent => ({
      ...stories,
      tensors: { ...stories.tensors, 'output_norm.weight': { ...norm, ...change } },
    });

    it.each([
      ['an empty file', Buffer.alloc(0), /an empty file/],
      ['another format', Buffer.from('PK this is no GGUF file at all'), /something else/],
      ['nothing but the magic', Buffer.from('GGUF'), /something else/],
      ['version 1', ggufBytes(stories, { version: 1 }), /version 1/],
      ['version 900', ggufBytes(stories, { version: 900 }), /version 900/],
      ['a count of tensors that lies', ggufBytes(stories, { tensors: 2 ** 40 }), /1099511627776 tensors/],
      ['a count of fields that lies', ggufBytes(stories, { fields: 2 ** 40 }), /1099511627776 fields/],
      ['a few tensors too many', ggufBytes(stories, { tensors: 60 }), /./],
      ['a field too many', ggufBytes(stories, { fields: Object.keys(stories.fields).length + 1 }), /./],
      ['a field too few', ggufBytes(stories, { fields: Object.keys(stories.fields).length - 1 }), /./],
      ['a cut in the header', ggufBytes(stories).subarray(0, 3000), /./],
      ['a cut in the tokens', ggufBytes(stories).subarray(0, 6000), /./],
      ['a cut in the data', ggufBytes(stories).subarray(0, 500_000), /cut off/],
    ])('with %s', async (_, bytes, got) => {
      serial += 1;
      const damaged = join(work, `${serial}.gguf`);
      writeFileSync(damaged, bytes);
      const error = await refusal(loadLanguageModel(damaged));
      expect(error.code).toBe('GGUF_INVALID');
      expect(error.got).toMatch(got);
    });

    it.each([
      ['a type that nobody knows', withNorm({ lie: { type: 77 } }), /output_norm\.weight: type 77/],
      ['a type that is not decoded', withNorm({ lie: { type: 16 } }), /output_norm\.weight: IQ2_XXS/],
      ['rows that are no whole blocks', withNorm({ lie: { type: 12 } }), /rows of 64/],
      ['an offset beyond the file', withNorm({ lie: { offset: 2 ** 40 } }), /cut off/],
      ['tensors that overlap', withNorm({ lie: { offset: 0 } }), /overlaps/],
      ['another family', withFields({ 'general.architecture': { type: 'text', value: 'mamba' } }), /"mamba"/],
      ['no count of blocks', withFields({ 'llama.block_count': { type: 'text', value: 'five' } }), /"five"/],
      ['experts', withFields({ 'llama.expert_count': { type: 'u32', value: 8 } }), /^8$/],
      ['another vocabulary', withFields({ 'llama.vocab_size': { type: 'u32', value: 32_000 } }), /512 rows/],
      [
        'more tokens than rows',
        withFields({ 'tokenizer.ggml.tokens': { type: 'texts', value: new Array(600).fill('x') } }),
        /512 rows/,
      ],
      ['a part of several', withFields({ 'split.count': { type: 'u32', value: 3 } }), /one of 3 parts/],
    ])('with %s', async (_, content, got) => {
      const error = await refusal(loadLanguageModel(written(content)));
      expect(error.code).toBe('GGUF_INVALID');
      expect(error.got).toMatch(got);
    });

    it.each([
      ['another kind of tokenizer', { 'tokenizer.ggml.model': { type: 'text', value: 'bert' } }, /"bert"/],
      ['a score too few', { 'tokenizer.ggml.scores': { type: 'f32s', value: [0] } }, /^1$/],
      ['a begin that is no token', { 'tokenizer.ggml.bos_token_id': { type: 'u32', value: 512 } }, /^512$/],
      [
        'BPE that cuts words in its own way',
        {
          'tokenizer.ggml.model': { type: 'text', value: 'gpt2' },
          'tokenizer.ggml.pre': { type: 'text', value: 'odd' },
        },
        /"odd"/,
      ],
    ] as [string, Record<string, Field>, RegExp][])('with %s', async (_, fields, got) => {
      const error = await refusal(loadTokenizer(written(withFields(fields)), 512));
      expect(error.code).toBe('GGUF_INVALID');
      expect(error.got).toMatch(got);
    });

    it('in the place of which there is a folder, or nothing', async () => {
      mkdirSync(join(work, 'folder.gguf'));
      expect(await refusal(loadLanguageModel(join(work, 'folder.gguf')))).toMatchObject({ code: 'GGUF_INVALID' });
      expect(await refusal(loadLanguageModel(join(work, 'none.gguf')))).toMatchObject({ code: 'FILE_NOT_FOUND' });
    });

    it('that is cut off after it was opened', async () => {
      const cut = written(stories);
      const model = await loadLanguageModel(cut);
      truncateSync(cut, 300_000);
      const allocated = engine.createStore().allocate(flattenLeaves(model.parameters), 0);
      expect(await refusal(allocated)).toMatchObject({ code: 'SAFETENSORS_INVALID' });
    });
  });
});

/** Numbers between -1 and 1: the same ones in every run. */
function drawn(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** A file of the family with two blocks of width 256, in which every matrix is of one type. */
function family(name: string, type: WrittenType, extra: GgufContent = { fields: {}, tensors: {} }): GgufContent {
  const text = (value: string): Field => ({ type: 'text', value });
  const u32 = (value: number): Field => ({ type: 'u32', value });
  const matrix = quantise(type, drawn(256 * 256));
  const tensor = (...shape: [number, number?]): TensorToWrite => {
    const [rows, width] = shape;
    if (width === undefined) return { shape: [rows], type: 'F32', bytes: quantise('F32', drawn(rows)) };
    return { shape: [rows, width], type, bytes: matrix.subarray(0, (matrix.length / 256) * rows) };
  };
  const tensors: Record<string, TensorToWrite> = {
    'token_embd.weight': tensor(32, 256),
    'output_norm.weight': tensor(256),
  };
  for (const block of ['blk.0', 'blk.1']) {
    tensors[`${block}.attn_norm.weight`] = tensor(256);
    tensors[`${block}.ffn_norm.weight`] = tensor(256);
    for (const [part, rows] of Object.entries({ attn_q: 256, attn_k: 128, attn_v: 128 })) {
      tensors[`${block}.${part}.weight`] = tensor(rows, 256);
      if (name === 'qwen2') tensors[`${block}.${part}.bias`] = tensor(rows);
    }
    if (name === 'qwen3') {
      tensors[`${block}.attn_q_norm.weight`] = tensor(64);
      tensors[`${block}.attn_k_norm.weight`] = tensor(64);
    }
    tensors[`${block}.attn_output.weight`] = tensor(256, 256);
    for (const part of ['ffn_gate', 'ffn_up']) tensors[`${block}.${part}.weight`] = tensor(256, 256);
    tensors[`${block}.ffn_down.weight`] = tensor(256, 256);
  }
  const fields: Record<string, Field> = {
    'general.architecture': text(name),
    [`${name}.context_length`]: u32(8192),
    [`${name}.embedding_length`]: u32(256),
    [`${name}.block_count`]: u32(2),
    [`${name}.feed_forward_length`]: u32(256),
    [`${name}.attention.head_count`]: u32(4),
    [`${name}.attention.head_count_kv`]: u32(2),
    [`${name}.attention.layer_norm_rms_epsilon`]: { type: 'f32', value: 1e-6 },
    [`${name}.rope.freq_base`]: { type: 'f32', value: 1_000_000 },
  };
  return { fields: { ...fields, ...extra.fields }, tensors: { ...tensors, ...extra.tensors } };
}

/** The printable stand-ins for bytes that GPT-2 made up: printable ones are themselves, others follow from 256 on. */
const byteNames = (() => {
  const isPrintable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
})();

describe('a byte-level tokenizer', () => {
  const named = (text: string): string => [...Buffer.from(text)].map((byte) => byteNames[byte]).join('');
  const merges = ['t h', 'th e', ' the', 'i n', 'in g', '1 2', '12 3', 'e r', 'l o', 'lo w', ' low'];
  const pairs = merges.map((merge) =>
    merge.startsWith(' ') ? `${named(' ')} ${merge.slice(1)}` : merge.split(' ').map(named).join(' '),
  );
  const tokens = [...byteNames, ...pairs.map((pair) => pair.replace(' ', '')), '<|end|>', '<think>'];
  const end = tokens.indexOf('<|end|>');

  const fileWith = (rule: string, extra: Record<string, Field> = {}): string =>
    written({
      fields: {
        'tokenizer.ggml.model': { type: 'text', value: 'gpt2' },
        'tokenizer.ggml.pre': { type: 'text', value: rule },
        'tokenizer.ggml.tokens': { type: 'texts', value: tokens },
        'tokenizer.ggml.token_type': {
          type: 'i32s',
          value: tokens.map((_, id) => (id < end ? 1 : id === end ? 3 : 4)),
        },
        'tokenizer.ggml.merges': { type: 'texts', value: pairs },
        'tokenizer.ggml.bos_token_id': { type: 'u32', value: end },
        'tokenizer.ggml.eos_token_id': { type: 'u32', value: end },
        ...extra,
      },
      tensors: {},
    });

  const load = async (file: string) => createTokenizer(await readTokenizerDefinition(file), {}, tokens.length);

  /** The tokens of a text, as texts. */
  async function cut(file: string, text: string): Promise<string[]> {
    const tokenizer = await load(file);
    return tokenizer.encode(text).map((id) => tokens[id] as string);
  }

  it('merges what the file says, in that order', async () => {
    expect(await cut(fileWith('qwen2'), 'the lower')).toEqual(['the', named(' low'), 'er']);
    expect(await cut(fileWith('qwen2'), 'thing')).toEqual(['th', 'ing']);
  });

  it.each([
    ['gpt-2', ['123', '4']],
    ['qwen2', ['1', '2', '3', '4']],
    ['smollm', ['1', '2', '3', '4']],
    ['llama-bpe', ['123', '4']],
  ])('cuts numbers as %s does', async (rule, expected) => {
    const file = fileWith(rule, { 'tokenizer.ggml.add_bos_token': { type: 'bool', value: false } });
    expect(await cut(file, '1234')).toEqual(expected);
  });

  it('begins with BOS where the file says so, or llama.cpp does', async () => {
    const begun = { 'tokenizer.ggml.add_bos_token': { type: 'bool', value: true } } as const;
    expect(await cut(fileWith('qwen2', begun), 'the')).toEqual(['<|end|>', 'the']);
    expect(await cut(fileWith('llama-bpe'), 'the')).toEqual(['<|end|>', 'the']);
    expect(await cut(fileWith('qwen2'), 'the')).toEqual(['the']);
  });

  it('finds control tokens whole, and gives back every text', async () => {
    const file = fileWith('qwen2');
    expect(await cut(file, 'the<|end|>ing<think>')).toEqual(['the', '<|end|>', 'ing', '<think>']);
    const tokenizer = await load(file);
    for (const text of ['the lower thing', 'Crème brûlée 🙂', '日本\n\ttabs  and  spaces ', "it's 1,234.5"]) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
    expect(tokenizer.padToken).toBe(end);
  });
});

describe('the blocks of', () => {
  // Half a step of the quantiser in the test, where values lie between -1 and 1, and what its scales are off by.
  it.each([
    ['Q8_0', 1 / 127 / 2 + 0.0005],
    ['Q4_0', 1 / 7 / 2 + 0.001],
    ['Q4_1', 2 / 15 / 2 + 0.001],
    ['Q5_0', 1 / 15 / 2 + 0.001],
    ['Q4_K', 2 / 15 / 2 + (15 * 2) / 15 / 63 / 2 + 1 / 63 / 2],
    ['Q6_K', 1 / 31 / 2 + (31 * 1) / 31 / 127 / 2],
  ] as [BlockType, number][])('%s give back what was quantised, to half a step of %d', async (type, bound) => {
    const model = await loadLanguageModel(written(family('llama', type)));
    const leaf = flattenLeaves(model.parameters).get('blocks/1/feedForward/down/weight');
    if (!leaf || !isStored(leaf)) throw new Error('a stored leaf');
    expect(leaf.start.span?.type).toBe(type);
    const files = new LeafFiles();
    const values = await readStoredLeaf('weight', leaf, await files.open(leaf));
    await files.close();
    const exact = drawn(256 * 256);
    const errors = values.map((value, i) => Math.abs(value - (exact[i] as number)));
    expect(Math.max(...errors.subarray(0, 65_536))).toBeLessThan(bound);
    expect(Math.max(...errors)).toBeGreaterThan(bound / 4);
  });
});

describe('the families', () => {
  const goldens = fileURLToPath(new URL('../../../../test/goldens/lm', import.meta.url));

  it.each(['llama', 'qwen2', 'qwen3'])(
    '%s give the logits of the folder that they were made of, bit for bit',
    async (name) => {
      const folder = join(goldens, name);
      const tokens = [5, 90, 3, 17, 64, 2, 2, 41];
      const logits = await logitsOf(await loadLanguageModel(folder), tokens);
      const own = await loadLanguageModel(written(await folderGguf(folder)));
      expect(logits).toHaveLength(tokens.length * own.config.vocabulary);
      expect(await logitsOf(own, tokens)).toEqual(logits);
    },
  );

  it.each([
    ['qwen2', 'self_attn.q_proj.bias', { model_type: 'qwen2' }],
    ['qwen3', 'self_attn.k_norm.weight', { model_type: 'qwen3', head_dim: 64, attention_bias: false }],
  ])('%s keep their rows, and have what is their own', async (name, own, fields) => {
    const opened = await openCheckpoint(written(family(name, 'F32')));
    expect(opened.config.fields).toMatchObject({
      ...fields,
      vocab_size: 32,
      hidden_size: 256,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      rms_norm_eps: 1e-6,
      rope_theta: 1_000_000,
      tie_word_embeddings: true,
    });
    const { tensors } = await opened.tensors();
    const names = [...tensors.keys()];
    expect(names).toContain(`model.layers.1.${own}`);
    expect(names.filter((tensor) => !/^(model\.(embed_tokens|norm)|model\.layers\.[01]\.)/.test(tensor))).toEqual([]);
    for (const { start } of tensors.values()) expect(start.span?.interleavedHead).toBeUndefined();
  });

  it('llama have the rows of queries and keys moved back, and those of no other', async () => {
    const { tensors } = await (await openCheckpoint(written(family('llama', 'F32')))).tensors();
    const moved = [...tensors].filter(([, { start }]) => start.span?.interleavedHead === 64).map(([name]) => name);
    expect(moved).toEqual([0, 1].flatMap((i) => ['q', 'k'].map((x) => `model.layers.${i}.self_attn.${x}_proj.weight`)));
  });

  // Frequencies of Llama 3.1 as it was released: factor 8 below 8192/1, none above 8192/4 turns.
  const divisors = Float32Array.from({ length: 32 }, (_, i) => {
    const wavelength = 2 * Math.PI * 1_000_000 ** (i / 32);
    if (wavelength < 8192 / 4) return 1;
    if (wavelength > 8192) return 8;
    const smooth = (8192 / wavelength - 1) / (4 - 1);
    return 1 / ((1 - smooth) / 8 + smooth);
  });
  const factors = (values: Float32Array): GgufContent => ({
    fields: {},
    tensors: { 'rope_freqs.weight': { shape: [32], type: 'F32', bytes: quantise('F32', values) } },
  });

  it('llama 3 have the rule of their rotary embedding known again by its divisors', async () => {
    const { config, tensors } = await openCheckpoint(written(family('llama', 'F32', factors(divisors))));
    expect(config.fields.rope_scaling).toEqual({
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    });
    expect((await tensors()).tensors.has('rope_freqs.weight')).toBe(false);
    const other = openCheckpoint(written(family('llama', 'F32', factors(divisors.with(3, 2)))));
    expect(await refusal(other)).toMatchObject({ code: 'GGUF_INVALID', expected: 'the divisors of Llama 3' });
  });

  it('say how they were fitted to longer texts', async () => {
    const fields: Record<string, Field> = {
      'qwen2.rope.scaling.type': { type: 'text', value: 'yarn' },
      'qwen2.rope.scaling.factor': { type: 'f32', value: 4 },
      'qwen2.rope.scaling.original_context_length': { type: 'u32', value: 32_768 },
    };
    const { config } = await openCheckpoint(written(family('qwen2', 'F32', { fields, tensors: {} })));
    expect(config.fields.rope_scaling).toEqual({
      rope_type: 'yarn',
      factor: 4,
      original_max_position_embeddings: 32_768,
    });
  });
});
