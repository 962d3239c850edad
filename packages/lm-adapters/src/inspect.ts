/** What a checkpoint is, from its configs, its tokenizer and the headers of its weights; no weight is read. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isInterfuseError, type LanguageModel, type Precision } from '@interfuse/core';
import { snapshotOf } from '@interfuse/hub';
import { countParameters, flattenLeaves, leafSize } from '@interfuse/nn';
import { heldBytes } from '@interfuse/safetensors';
import { architectureNamed } from './architectures/index.js';
import { type FoundTensor, isGguf, openCheckpoint } from './checkpoint.js';
import { hasWeights } from './folder-tensors.js';
import { loadLanguageModel } from './load.js';
import { loadTokenizer } from './tokenizer.js';
import { readTokenizerDefinition, specialToken } from './tokenizer-definition.js';

export interface CheckpointFacts {
  readonly folder: string;
  /** `org/name` and the commit, for a model of the Hub. */
  readonly name?: string;
  readonly commit?: string;
  /** `model_type` of the config. */
  readonly architecture: string;
  /** What the config says, by any of the names that are in use. */
  readonly sizes: { readonly [name in keyof typeof sizeNames]?: number };
  /** As the model counts its leaves, a tied head once; of a model that does not load, the numbers in its files. */
  readonly parameters: number;
  /**
   * Bytes of the weights with their scales, held so; norms and biases, and matrices that do not fit, take more bits. Of a
   * model that does not load, as if every weight fitted.
   */
  readonly memory: { readonly [P in Precision]: number };
  readonly files: readonly WeightFile[];
  readonly tokenizer: TokenizerFacts | Problem;
  /** Of the card (README.md); nothing if it does not say. */
  readonly licence?: string;
  /** The slot of a config, or why no adapter here takes the checkpoint. */
  readonly adapter: { readonly use: string } | Problem;
}

export interface WeightFile {
  readonly file: string;
  readonly bytes: number;
  readonly tensors: number;
  /** Number of values by data type, such as `BF16`. */
  readonly types: { readonly [type: string]: number };
}

export interface TokenizerFacts {
  readonly file: string;
  /** `BPE`, `WordPiece`, `Unigram`. */
  readonly kind: string;
  readonly vocabulary: number;
  readonly special: { readonly [kind: string]: string };
  readonly pad: number;
  /** What an encoded text begins and ends with, whatever the text. */
  readonly example: readonly number[];
}

/** A coded error, told instead of thrown: the rest is worth knowing all the same. */
export interface Problem {
  readonly code: string;
  readonly problem: string;
}

const sizeNames = {
  layers: ['num_hidden_layers', 'n_layer'],
  width: ['hidden_size', 'n_embd', 'd_model'],
  heads: ['num_attention_heads', 'n_head'],
  keyHeads: ['num_key_value_heads'],
  feedForward: ['intermediate_size', 'n_inner', 'ffn_dim'],
  vocabulary: ['vocab_size'],
  context: ['max_position_embeddings', 'n_positions', 'n_ctx'],
} as const;

const precisions = ['float32', 'float16', 'int8', 'int4'] as const satisfies readonly Precision[];

/**
 * @param folder or a GGUF file
 * @throws LANGUAGE_MODEL_INVALID if there is no config, or an index does not fit its shards; SAFETENSORS_INVALID if a weight file is none, GGUF_INVALID
 */
export async function inspectCheckpoint(folder: string): Promise<CheckpointFacts> {
  const checkpoint = await openCheckpoint(folder);
  const config = checkpoint.config.fields;
  const weights = isGguf(folder) || hasWeights(folder) ? 'stored' : 'random';
  const found = weights === 'stored' ? [...(await checkpoint.tensors()).tensors.values()] : [];
  const model = await told(() => loadLanguageModel(folder, { weights }));
  const architecture = typeof config.model_type === 'string' ? config.model_type : 'not named';
  const parameters = isProblem(model)
    ? total(found.map(({ shape }) => size(shape)))
    : countParameters(model.parameters).total;
  const sizes = sizesOf(config, isProblem(model) ? undefined : model);
  const licence = readLicence(folder);
  return {
    folder,
    ...snapshotOf(folder),
    architecture,
    sizes,
    parameters,
    memory: await memoryByPrecision(async (precision) =>
      isProblem(model)
        ? Math.ceil(heldBytes(precision, parameters))
        : weightBytes(await loadLanguageModel(folder, { weights, precision })),
    ),
    files: describeFiles(found),
    tokenizer: await told(() => inspectTokenizer(folder, sizes.vocabulary ?? Number.POSITIVE_INFINITY)),
    ...(licence === undefined ? {} : { licence }),
    adapter: isProblem(model) ? model : { use: architectureNamed(architecture) ?? 'auto' },
  };
}

export function isProblem<T>(value: T | Problem): value is Problem {
  return typeof value === 'object' && value !== null && 'problem' in value;
}

async function told<T>(find: () => Promise<T>): Promise<T | Problem> {
  try {
    return await find();
  } catch (error) {
    if (!isInterfuseError(error)) throw error;
    const { code, place, expected, got } = error;
    return { code, problem: `${place}: expected ${expected}; got ${got}` };
  }
}

/** File by file, as they are found. */
function describeFiles(tensors: Iterable<FoundTensor>): WeightFile[] {
  const files = new Map<string, { tensors: number; types: Record<string, number> }>();
  for (const { start, type, shape } of tensors) {
    const file = files.get(start.file) ?? { tensors: 0, types: {} };
    file.tensors += 1;
    file.types[type] = (file.types[type] ?? 0) + size(shape);
    files.set(start.file, file);
  }
  return [...files]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([file, found]) => ({ file: basename(file), bytes: statSync(file).size, ...found }));
}

function sizesOf(
  config: Readonly<Record<string, unknown>>,
  model: LanguageModel | undefined,
): CheckpointFacts['sizes'] {
  const sizes: Partial<Record<keyof typeof sizeNames, number>> = {};
  for (const [name, names] of Object.entries(sizeNames) as [keyof typeof sizeNames, readonly string[]][]) {
    const found = names.map((field) => config[field]).find((value) => typeof value === 'number');
    if (found !== undefined) sizes[name] = found as number;
  }
  if (model === undefined) return sizes;
  const { width, layers, heads, vocabulary, contextLength } = model.config;
  const { up } = model.feedForward(0).parameters;
  const feedForward = up.weight.shape[0] as number;
  return { keyHeads: heads, ...sizes, width, layers, heads, feedForward, vocabulary, context: contextLength };
}

async function inspectTokenizer(folder: string, vocabulary: number): Promise<TokenizerFacts> {
  const { file, definition, settings } = await readTokenizerDefinition(folder);
  const tokenizer = await loadTokenizer(folder, vocabulary);
  const { model, added_tokens: added = [] } = definition as {
    model?: { type?: string; vocab?: object };
    added_tokens?: readonly { id: number }[];
  };
  const entries = Object.values(model?.vocab ?? {});
  const ids = Array.isArray(model?.vocab) ? [...entries.keys()] : (entries as number[]);
  const kinds = ['bos', 'eos', 'unk', 'pad'] as const;
  return {
    file: basename(file),
    kind: model?.type ?? 'not named',
    vocabulary: new Set([...ids, ...added.map(({ id }) => id)]).size,
    special: Object.fromEntries(
      kinds.flatMap((kind) => {
        const token = specialToken(settings, kind);
        return token === undefined ? [] : [[kind, token]];
      }),
    ),
    pad: tokenizer.padToken,
    example: tokenizer.encode('Hello world'),
  };
}

/** The `license` of the front matter, by which the Hub knows it. */
function readLicence(folder: string): string | undefined {
  const file = join(folder, 'README.md');
  if (!existsSync(file)) return undefined;
  const [, matter = ''] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(readFileSync(file, 'utf8')) ?? [];
  const field = (name: string) =>
    new RegExp(`^${name}:\\s*(.+?)\\s*$`, 'm').exec(matter)?.[1]?.replace(/^['"]|['"]$/g, '');
  const licence = field('license');
  return licence === 'other' ? (field('license_name') ?? licence) : licence;
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

async function memoryByPrecision(
  bytesAt: (precision: Precision) => Promise<number>,
): Promise<CheckpointFacts['memory']> {
  const entries = await Promise.all(
    precisions.map(async (precision) => [precision, await bytesAt(precision)] as const),
  );
  return Object.fromEntries(entries) as CheckpointFacts['memory'];
}

function weightBytes({ parameters }: LanguageModel): number {
  const leaves = [...flattenLeaves(parameters).values()];
  return total(leaves.map((leaf) => heldBytes(leaf.precision ?? 'float32', leafSize(leaf))));
}
