/** The recipes of DeepMLF's authors in examples/recipes: sizes, epochs and settings, on data and language models of their shapes. */
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RaggedRows, Sample, SplitName } from '@interfuse/core';
import { stageConfig } from '@interfuse/core/config';
import { writeDataset } from '@interfuse/datasets/folder';
import { flattenLeaves } from '@interfuse/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planExperiment } from './commands/planned-experiment.js';
import { quickDigest } from './experiment/existing-runs.js';
import { Digests } from './experiment/identity.js';
import { openExperiment } from './experiment/open-experiment.js';
import { planRuns, type RunPlan } from './experiment/plan.js';

const recipes = fileURLToPath(new URL('../../../examples/recipes/', import.meta.url));
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'interfuse-recipes-'));
});
afterAll(() => rm(work, { recursive: true }));

type Shapes = Record<string, readonly number[]>;

/** Tensors of GPT2LMHeadModel, whose head is its embedding. */
function gpt2Shapes({ vocabulary, width, layers }: { vocabulary: number; width: number; layers: number }): Shapes {
  const affine = (name: string, ...shape: number[]): Shapes => ({
    [`${name}.weight`]: shape,
    [`${name}.bias`]: [shape.at(-1) as number],
  });
  const shapes: Shapes = { 'wte.weight': [vocabulary, width], 'wpe.weight': [1024, width], ...affine('ln_f', width) };
  for (let layer = 0; layer < layers; layer += 1) {
    Object.assign(
      shapes,
      affine(`h.${layer}.ln_1`, width),
      affine(`h.${layer}.attn.c_attn`, width, 3 * width),
      affine(`h.${layer}.attn.c_proj`, width, width),
      affine(`h.${layer}.ln_2`, width),
      affine(`h.${layer}.mlp.c_fc`, width, 4 * width),
      affine(`h.${layer}.mlp.c_proj`, 4 * width, width),
    );
  }
  return shapes;
}

/** Tensors of LlamaForCausalLM with tied embeddings and as many key and value heads as query heads. */
function llamaShapes(vocabulary: number, width: number, inner: number, layers: number): Shapes {
  const shapes: Shapes = { 'model.embed_tokens.weight': [vocabulary, width], 'model.norm.weight': [width] };
  for (let layer = 0; layer < layers; layer += 1) {
    const at = (name: string): string => `model.layers.${layer}.${name}.weight`;
    for (const norm of ['input_layernorm', 'post_attention_layernorm']) shapes[at(norm)] = [width];
    for (const part of ['q', 'k', 'v', 'o']) shapes[at(`self_attn.${part}_proj`)] = [width, width];
    for (const part of ['gate', 'up']) shapes[at(`mlp.${part}_proj`)] = [inner, width];
    shapes[at('mlp.down_proj')] = [width, inner];
  }
  return shapes;
}

/** A file of weights whose header is true and whose values nobody has written: a hole of their size. */
function writeHollow(file: string, shapes: Shapes, type: 'F32' | 'BF16'): void {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += (type === 'F32' ? 4 : 2) * shape.reduce((product, extent) => product * extent, 1);
    return [name, { dtype: type, shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, Buffer.concat([length, header]));
  ftruncateSync(descriptor, 8 + header.length + end);
  closeSync(descriptor);
}

// Sizes as the four checkpoints of the Hub have them; the totals that the counts below imply confirm them.
const languageModels = {
  gpt2: { fields: { vocab_size: 50257, n_embd: 768, n_head: 12, n_layer: 12 }, end: 50256 },
  'gpt2-large': { fields: { vocab_size: 50257, n_embd: 1280, n_head: 20, n_layer: 36 }, end: 50256 },
  chinese: { fields: { vocab_size: 21128, n_embd: 768, n_head: 12, n_layer: 12 }, end: undefined },
} as const;

function writeGpt2(name: keyof typeof languageModels): string {
  const { fields, end } = languageModels[name];
  const folder = join(work, name);
  mkdirSync(folder);
  const json = (file: string, value: object) => writeFileSync(join(folder, file), JSON.stringify(value));
  json('config.json', { model_type: 'gpt2', n_positions: 1024, ...fields });
  const sizes = { vocabulary: fields.vocab_size, width: fields.n_embd, layers: fields.n_layer };
  writeHollow(join(folder, 'model.safetensors'), gpt2Shapes(sizes), 'F32');
  if (end === undefined) {
    writeFileSync(join(folder, 'vocab.txt'), '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n');
    json('tokenizer_config.json', { tokenizer_class: 'BertTokenizer' });
  } else {
    writeByteLevelTokenizer(folder, end);
  }
  return folder;
}

function writeByteLevelTokenizer(folder: string, end: number): void {
  writeFileSync(join(folder, 'vocab.json'), JSON.stringify({ a: 1, '<|endoftext|>': end }));
  writeFileSync(join(folder, 'merges.txt'), '#version: 0.2\n');
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ eos_token: '<|endoftext|>' }));
}

function writeSmolLm2(): string {
  const folder = join(work, 'smollm2');
  mkdirSync(folder);
  const fields = {
    model_type: 'llama',
    vocab_size: 49152,
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 24,
    num_attention_heads: 32,
    num_key_value_heads: 32,
    max_position_embeddings: 8192,
    rms_norm_eps: 1e-5,
    rope_theta: 130000,
    hidden_act: 'silu',
    tie_word_embeddings: true,
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(fields));
  writeHollow(join(folder, 'model.safetensors'), llamaShapes(49152, 2048, 8192, 24), 'BF16');
  writeByteLevelTokenizer(folder, 0);
  return folder;
}

interface Shape {
  readonly sizes: { readonly [K in SplitName]: number };
  readonly audio: { readonly width: number; readonly length: number };
  readonly vision: { readonly width: number; readonly length: number };
  readonly range: readonly [number, number];
}

// MMSA's feature files: samples to train with, widths and padded lengths.
const datasets = {
  mosi: {
    sizes: { train: 1284, valid: 1, test: 1 },
    audio: { width: 5, length: 375 },
    vision: { width: 20, length: 500 },
    range: [-3, 3],
  },
  mosei: {
    sizes: { train: 16326, valid: 1, test: 1 },
    audio: { width: 74, length: 500 },
    vision: { width: 35, length: 500 },
    range: [-3, 3],
  },
  sims: {
    sizes: { train: 1368, valid: 1, test: 1 },
    audio: { width: 33, length: 400 },
    vision: { width: 709, length: 55 },
    range: [-1, 1],
  },
} as const satisfies Record<string, Shape>;

/** As many samples; one of them is as long as they get, the others have a single frame. */
async function writeData(name: keyof typeof datasets): Promise<string> {
  const { sizes, audio, vision, range }: Shape = datasets[name];
  const rows = (size: number, { width, length }: Shape['audio']): RaggedRows => {
    const lengths = Array.from({ length: size }, (_, i) => (i === 0 ? length : 1));
    return { values: new Float32Array(width * (length + size - 1)), lengths };
  };
  const split = (split: SplitName) => ({
    samples: Array.from(
      { length: sizes[split] },
      (_, i): Sample => ({ id: `${split}-${i}`, text: 'a', labels: { task: 0 } }),
    ),
    streams: { audio: rows(sizes[split], audio), vision: rows(sizes[split], vision) },
  });
  const folder = join(work, `data-${name}`);
  await writeDataset(
    folder,
    {
      name,
      title: `The shape of ${name}`,
      task: { kind: 'regression', range },
      hasText: true,
      streams: { audio: { width: audio.width }, vision: { width: vision.width } },
      labels: { task: 'zeros' },
      licence: 'CC0-1.0',
      sources: [{ title: 'made up' }],
    },
    { train: split('train'), valid: split('valid'), test: split('test') },
  );
  return folder;
}

async function open(recipe: string, data: string, languageModel?: string) {
  const checkpoint = languageModel === undefined ? [] : [`languageModel.options.checkpoint=${languageModel}`];
  const overrides = [`data.options.path=${data}`, ...checkpoint];
  return openExperiment({ workingFolder: work, configFile: join(recipes, `${recipe}.yaml`), overrides }, logger);
}

// Counts of the released program (its models, built with its configs), less the 31 parameters of its unused `clf`.
const unused = 31;
const cases = [
  { recipe: 'mosei', data: 'mosei', lm: () => writeGpt2('gpt2'), trained: 41_842_235, total: 166_282_043 },
  { recipe: 'mosei-large', data: 'mosei', lm: () => writeGpt2('gpt2-large'), trained: 82_617_911, total: 856_647_991 },
  { recipe: 'sims', data: 'sims', lm: () => writeGpt2('chinese'), trained: 41_868_853, total: 143_937_589 },
  { recipe: 'mosi', data: 'mosi', lm: writeSmolLm2, trained: 121_575_775, total: 2_084_610_399 },
] as const;

/** Micro-batches, optimizer steps and dropped micro-batches an epoch. */
const epochs = { mosi: [41, 5, 1], mosei: [511, 63, 7], sims: [43, 5, 3] } as const;

/** Of the pre-training, with its head, which is the `clf` of the released program. */
const encoders = { mosi: 69_761, mosei: 72_271, sims: 92_745 } as const;
const pretraining = {
  mosi: { most: 1000, batches: 41, updates: 10, dropped: 1 },
  mosei: { most: 1000, batches: 511, updates: 127, dropped: 3 },
  sims: { most: 1000, batches: 43, updates: 10, dropped: 3 },
} as const;

describe('the recipe', () => {
  const written = new Map<string, Promise<string>>();
  const dataOf = (name: keyof typeof datasets): Promise<string> => {
    const folder = written.get(name) ?? writeData(name);
    written.set(name, folder);
    return folder;
  };

  it.each(cases)(
    '$recipe has the parameters of the authors’ model, to the unit',
    async ({ recipe, data, lm, ...counts }) => {
      const experiment = await open(recipe, await dataOf(data), lm());
      const { strategies } = await planExperiment(experiment);
      const [stage, ...main] = strategies;
      expect(stage).toMatchObject({ stage: 'encoder', strategy: 'stream-encoder', epochs: pretraining[data] });
      expect(stage?.parameters.trained).toBe(encoders[data]);
      const [{ parameters, parts, epochs: length, runs }] = main as [(typeof strategies)[number]];
      expect(parameters.trained).toBe(counts.trained - unused);
      expect(parameters.total).toBe(counts.total - unused);
      expect(parts.find(({ part }) => part === 'languageModel')?.trained).toBe(0);
      const [batches, updates, dropped] = epochs[data];
      expect(length).toEqual({ most: 1000, batches, updates, dropped });
      expect(runs.map(({ seed, state }) => [seed, state])).toEqual(
        [1990, 1991, 1992, 1993, 1994].map((s) => [s, 'open']),
      );
    },
  );

  it.each(['mosei', 'sims', 'mosi'] as const)('pretrain-%s is the stage of the others by itself', async (name) => {
    const experiment = await open(`pretrain-${name}`, await dataOf(name));
    const { strategies } = await planExperiment(experiment);
    expect(strategies).toMatchObject([
      { strategy: 'stream-encoder', parameters: { trained: encoders[name] }, epochs: pretraining[name] },
    ]);
    for (const main of name === 'mosei' ? ['mosei', 'mosei-large'] : [name]) {
      const { config } = await open(main, await dataOf(name), 'anywhere');
      const { fusion, training, encoders: own } = stageConfig(config, 'encoder');
      const alone = experiment.config;
      expect({ fusion, training, encoders: own }).toEqual({
        fusion: alone.fusion,
        training: alone.training,
        encoders: alone.encoders,
      });
    }
  });

  it.each([
    ['mosei', 'gpt2', 0],
    // Scale and shift of the batch norm on audio, its mean and its variance: five features.
    ['mosi', 'smollm2', 4],
  ] as const)('%s starts with all of the encoder that it has a place for', async (name, lm, lost) => {
    const experiment = await open(name, await dataOf(name), join(work, lm));
    const [run] = await planRuns(experiment, {}, new Digests(experiment, quickDigest));
    const [{ report }] = (run as RunPlan).warmStarts as [RunPlan['warmStarts'][number]];
    // The norm of Z belongs to the second stage.
    expect(report.notInCheckpoint).toEqual(['streams/norm/weight', 'streams/norm/bias']);
    expect(report.notInModel).toHaveLength(lost);
    for (const path of report.notInModel) expect(path).toMatch(/audio\/inputNorm/);
    // Everything but the head, which is the unused `clf`.
    const notLost = encoders[name] - unused - (lost === 0 ? 0 : 10);
    expect(report.elements).toBe(notLost);
  });

  it('decays everything that trains but biases, as the released program does', async () => {
    const experiment = await open('mosei', await dataOf('mosei'), join(work, 'gpt2'));
    const [run] = await planRuns(experiment, {}, new Digests(experiment, quickDigest));
    const leaves = [...flattenLeaves(run?.strategy.module.parameters ?? {})].filter(([, leaf]) => leaf.train);
    expect(leaves.length).toBeGreaterThan(100);
    for (const [path, { decay }] of leaves) expect(decay !== false, path).toBe(!path.endsWith('bias'));
  });
});
