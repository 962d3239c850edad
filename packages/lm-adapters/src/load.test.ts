import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterfuseError, type LanguageModelHost } from '@interfuse/core';
import { countParameters, flattenLeaves } from '@interfuse/nn';
import {
  encodeHeader,
  isStored,
  LeafFiles,
  readAllTensors,
  readStoredLeaf,
  writeSafetensors,
} from '@interfuse/safetensors';
import { afterAll, describe, expect, it } from 'vitest';
import { families, goldens } from './families.test-support.js';
import { checkpointFolder, gpt2, llama, loadLanguageModel, modelTypes, plugins } from './index.js';
import { inspectCheckpoint } from './inspect.js';

const stories = checkpointFolder('stories260k', (path) => path);
const work = mkdtempSync(join(tmpdir(), 'interfuse-lm-'));
afterAll(() => rmSync(work, { recursive: true }));

const host: LanguageModelHost = {
  resolvePath: (path) => join(goldens, path),
  logger: { debug: () => undefined, info: () => undefined, warn: () => undefined },
};

let serial = 0;
/** A copy of a folder with some fields of its config changed. */
function folderWith(source: string, fields: object): string {
  serial += 1;
  const folder = join(work, String(serial));
  cpSync(source, folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...fields }));
  return folder;
}

async function errorOf(promise: Promise<unknown>): Promise<InterfuseError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof InterfuseError) return error;
  throw new Error(`expected a coded error, got ${String(error)}`);
}

describe('loading', () => {
  it('declares the bundled model with 260,032 parameters, all frozen, and readable paths', async () => {
    const { parameters, config } = await loadLanguageModel(stories);
    expect(countParameters(parameters)).toEqual({ total: 260_032, trainable: 0 });
    expect(flattenLeaves(parameters).get('blocks/0/attention/key/weight')).toEqual({
      shape: [32, 64],
      train: false,
      start: {
        kind: 'stored',
        file: join(stories, 'model.safetensors'),
        tensor: 'model.layers.0.self_attn.k_proj.weight',
      },
    });
    expect(config).toMatchObject({ architecture: 'llama', width: 64, layers: 5, heads: 8, contextLength: 512 });
  });

  it('reads weights in double precision, to the same values', async () => {
    const single = await readAllTensors(join(stories, 'model.safetensors'));
    const header: Record<string, object> = {};
    const parts: Uint8Array[] = [];
    let end = 0;
    for (const [name, { shape, data }] of Object.entries(single)) {
      const bytes = new Uint8Array(Float64Array.from(data).buffer);
      header[name] = { dtype: 'F64', shape, data_offsets: [end, end + bytes.length] };
      end += bytes.length;
      parts.push(bytes);
    }
    const folder = folderWith(stories, {});
    writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([encodeHeader(header), ...parts]));
    const files = new LeafFiles();
    for (const [path, leaf] of flattenLeaves((await loadLanguageModel(folder)).parameters)) {
      if (!isStored(leaf)) throw new Error(`${path} is not stored`);
      const values = await readStoredLeaf(path, leaf, await files.open(leaf));
      expect(values, path).toEqual(single[leaf.start.tensor]?.data);
    }
    await files.close();
  });

  it('trains every weight in a group of its own if asked to', async () => {
    const { parameters } = await loadLanguageModel(stories, { train: 'all' });
    const { total, trainable } = countParameters(parameters);
    expect(trainable).toBe(total);
    for (const leaf of flattenLeaves(parameters).values()) expect(leaf.group).toBe('language-model');
  });

  it.each(['llama', 'gpt2'])('needs no weights for a random %s, and starts its norms at one', async (family) => {
    const folder = folderWith(join(goldens, family), {});
    rmSync(join(folder, 'model.safetensors'));
    const random = flattenLeaves((await loadLanguageModel(folder, { weights: 'random' })).parameters);
    const stored = flattenLeaves((await loadLanguageModel(join(goldens, family))).parameters);
    expect([...random.keys()]).toEqual([...stored.keys()]);
    expect(random.get('norm/weight')?.start).toEqual({ kind: 'constant', value: 1 });
    expect(random.get('blocks/1/feedForward/up/weight')?.start).toEqual({ kind: 'normal', deviation: 0.02 });
  });

  it('finds tensors with and without the first part of their names, and a head of its own', async () => {
    const folder = folderWith(join(goldens, 'gpt2'), { tie_word_embeddings: false });
    const tensors = await readAllTensors(join(folder, 'model.safetensors'));
    const renamed = Object.entries(tensors).map(([name, tensor]) => [name.replace('transformer.', ''), tensor]);
    const head = tensors['transformer.wte.weight'];
    await writeSafetensors(join(folder, 'model.safetensors'), {
      ...Object.fromEntries(renamed),
      'lm_head.weight': head,
    });
    const leaves = flattenLeaves((await loadLanguageModel(folder)).parameters);
    expect(leaves.get('blocks/2/attention/queryKeyValue/weight')?.start).toMatchObject({
      tensor: 'h.2.attn.c_attn.weight',
      transposed: true,
    });
    expect(leaves.get('head/weight')?.start).toMatchObject({ tensor: 'lm_head.weight' });
  });

  it('reads the shards that an index lists', async () => {
    const folder = folderWith(join(goldens, 'llama'), {});
    const whole = join(folder, 'model.safetensors');
    const entries = Object.entries(await readAllTensors(whole));
    const weightMap: Record<string, string> = {};
    for (const [shard, part] of [entries.slice(0, 9), entries.slice(9)].entries()) {
      const file = `model-0000${shard + 1}-of-00002.safetensors`;
      await writeSafetensors(join(folder, file), Object.fromEntries(part));
      for (const [name] of part) weightMap[name] = file;
    }
    rmSync(whole);
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
    const leaves = flattenLeaves((await loadLanguageModel(folder)).parameters);
    const files = new Set([...leaves.values()].map(({ start }) => start.kind === 'stored' && start.file));
    expect(files.size).toBe(2);
  });

  it('names every missing and misshapen tensor in one error', async () => {
    const folder = folderWith(join(goldens, 'llama'), { num_hidden_layers: 4, vocab_size: 96 });
    const error = await errorOf(loadLanguageModel(folder));
    expect(error.code).toBe('LANGUAGE_MODEL_INVALID');
    expect(error.got).toContain('model.embed_tokens.weight: [97, 32], not [96, 32]');
    expect(error.got.match(/model\.layers\.3\.[a-z_.]+: missing/g)).toHaveLength(9);
  });

  it.each([
    ['llama', { rope_parameters: { rope_theta: 500_000, rope_type: 'llama3' } }, /rope_parameters: factor/],
    ['llama', { rope_parameters: undefined, rope_scaling: { type: 'ntk', factor: 2 } }, /rope_scaling: type/],
    ['llama', { rope_scaling: { type: 'linear' } }, /rope_scaling: factor/],
    ['llama', { rope_parameters: { full_attention: { rope_theta: 10_000 } } }, /rope_parameters/],
    ['llama', { partial_rotary_factor: 0.5 }, /partial_rotary_factor/],
    ['llama', { hidden_act: 'quick_gelu' }, /hidden_act/],
    ['llama', { attention_bias: 'yes' }, /attention_bias/],
    ['llama', { quantization_config: { quant_method: 'gptq', bits: 4 } }, /quantization_config/],
    ['mistral', { sliding_window: 0 }, /sliding_window/],
    ['qwen2', { layer_types: ['full_attention', 'chunked_attention', 'full_attention'] }, /layer_types/],
    ['qwen2', { layer_types: new Array(3).fill('sliding_attention') }, /sliding_window/],
    ['qwen3', { layer_types: ['full_attention'] }, /layer_types/],
    ['gemma2', { use_bidirectional_attention: true }, /use_bidirectional_attention/],
    ['gemma2', { attn_logit_softcapping: 0 }, /attn_logit_softcapping/],
    ['gpt_neox', { rope_parameters: { rope_theta: 10_000, partial_rotary_factor: 1.5 } }, /rotary_pct/],
    ['gpt_neox', { num_attention_heads: 5 }, /num_attention_heads/],
    ['opt', { layerdrop: 0.1 }, /layerdrop/],
    ['opt', { activation_function: 'mish' }, /activation_function/],
    ['phi3', { rope_parameters: { rope_type: 'longrope', rope_theta: 10_000, short_factor: [1] } }, /short_factor/],
    ['llama', { hidden_size: '32' }, /hidden_size/],
    ['llama', { num_key_value_heads: 3 }, /num_key_value_heads/],
    ['llama', { head_dim: 7 }, /head_dim/],
    ['gpt2', { add_cross_attention: true }, /add_cross_attention/],
    ['gpt2', { activation_function: 'quick_gelu' }, /activation_function/],
    ['gpt2', { n_head: 5 }, /n_head/],
  ])('refuses a %s with %j, by name', async (family, fields, place) => {
    const error = await errorOf(loadLanguageModel(folderWith(join(goldens, family), fields)));
    expect(error.code).toBe('LANGUAGE_MODEL_INVALID');
    expect(error.place).toMatch(place);
  });

  it('refuses a config that is not JSON', async () => {
    const folder = folderWith(stories, {});
    writeFileSync(join(folder, 'config.json'), '{ "model_type": ');
    expect((await errorOf(loadLanguageModel(folder))).code).toBe('LANGUAGE_MODEL_INVALID');
  });
});

describe('the plugins', () => {
  const lora = { rank: 8, alpha: 16, dropout: 0, targets: 'all-linear', from: null };
  const settings = { weights: 'stored', train: 'frozen', lora, precision: 'stored' } as const;

  it('open a bundled model by name, with its tokenizer', async () => {
    const open = await llama.load();
    const { model, tokenizer } = await open({ checkpoint: 'stories260k', ...settings }, host);
    expect(model.config.vocabulary).toBe(512);
    expect(tokenizer.decode(tokenizer.encode('A park.'))).toBe('A park.');
  });

  it('list the bundled models where neither a model nor a folder has the name', async () => {
    const open = await llama.load();
    const error = await errorOf(open({ checkpoint: 'stories26k', ...settings }, host));
    expect(error).toMatchObject({ code: 'LANGUAGE_MODEL_UNKNOWN', place: 'languageModel.options.checkpoint' });
    expect(error.expected).toContain('stories260k');
  });

  it('say which plugin a checkpoint of another architecture belongs to', async () => {
    const open = await gpt2.load();
    const error = await errorOf(open({ checkpoint: 'llama', ...settings }, host));
    expect(error).toMatchObject({ code: 'LANGUAGE_MODEL_INVALID', expected: 'gpt2', got: '"llama"' });
    expect(error.remedy).toContain('use: llama');
  });

  it('say which architectures there are where nobody knows the one of a checkpoint, and how to add it', async () => {
    const { place, remedy } = await errorOf(loadLanguageModel(folderWith(stories, { model_type: 'rwkv' })));
    expect(place).toContain('config.json: model_type');
    for (const type of modelTypes) expect(remedy).toContain(type);
    expect(remedy).toContain('docs/guides/write-a-language-model-adapter.md');
  });

  it('guess what was meant by a type that is nearly one', async () => {
    const { remedy } = await errorOf(loadLanguageModel(folderWith(stories, { model_type: 'qwen4' })));
    expect(remedy).toMatch(/Did you mean "?qwen[23]"?/);
  });

  it('take every checkpoint of their own kind, and `auto` takes all', async () => {
    expect(plugins.map(({ id }) => id).sort()).toEqual(
      [...new Set(modelTypes), 'auto'].filter((id) => id !== 'mistral').sort(),
    );
    for (const family of families) {
      const { model_type: type } = JSON.parse(readFileSync(join(goldens, family, 'config.json'), 'utf8'));
      const { config } = await loadLanguageModel(join(goldens, family), {
        architecture: type === 'mistral' ? 'llama' : type,
      });
      expect(config).toMatchObject({ architecture: type, layers: 3, width: 32, heads: 4, vocabulary: 97 });
    }
  });

  it('are what an inspection says to use, Mistral’s under another name than its type', async () => {
    const adapterOf = async (family: string) => (await inspectCheckpoint(join(goldens, family))).adapter;
    expect(await adapterOf('mistral')).toEqual({ use: 'llama' });
    expect(await adapterOf('gpt_neox')).toEqual({ use: 'gpt_neox' });
  });
});
