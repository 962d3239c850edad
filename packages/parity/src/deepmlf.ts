/**
 * Parity of DeepMLF with the authors' modules on one training step: the prediction, the five losses, their weighted sum
 * and the gradient of every trained parameter, in training mode with dropout 0 and SeqAug off.
 *
 * The folder holds meta.json (`config`, `loss_weights`, `losses` by micro-batch) and golden.safetensors: `init.*`, the
 * parameters under the names of the authors' program; `batch.0.*` with `input_ids` and `attention_mask` [B, L], `audio`
 * and `vision` [B, S, D], `labels` [B, 1]; `task_logits.0`; and `grad.*`.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Batch,
  type FusionHost,
  type FusionModule,
  type HostTensor,
  type HostTensors,
  InterfuseError,
  type LanguageModel,
  type LossTerm,
  type Step,
  type TensorMap,
} from '@interfuse/core';
import { transformer } from '@interfuse/encoders';
import { deepmlf, fromReference, referenceTensor } from '@interfuse/fusion-deepmlf';
import { loadLanguageModel } from '@interfuse/lm-adapters';
import { createRandom, flattenLeaves, nestTensors, valueAndGradients } from '@interfuse/nn';
import { readAllTensors, type StoredTensor } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { type Comparison, compareValues } from './compare.js';
import { withEngine } from './engines.js';

const tolerance = 1e-5;
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };

interface Meta {
  readonly config: {
    readonly [name in
      | 'vocab'
      | 'width'
      | 'heads'
      | 'layers'
      | 'fusion_tokens'
      | 'text_length'
      | 'audio_dim'
      | 'vision_dim'
      | 'encoder_width'
      | 'encoder_heads'
      | 'encoder_layers'
      | 'encoder_steps'
      | 'task_width'
      | 'ffn_width'
      | 'cross_attention_heads']: number;
  } & { readonly mm_after: number[] };
  readonly loss_weights: Record<'task' | 'fusion' | 'av' | 'text' | 'lm', number>;
  readonly losses: readonly Record<'task' | 'fusion' | 'av' | 'text' | 'lm' | 'total', number>[];
}

type Golden = Record<string, StoredTensor>;

/** Our names of the losses, and those of the golden. */
const lossNames = { task: 'task', fusion: 'fusion', streams: 'av', text: 'text', languageModel: 'lm' } as const;

/** @throws InterfuseError if the folder is not of this form or the engine does not run */
export async function deepmlfParity(folder: string, engineId = 'cpu'): Promise<Comparison[]> {
  const meta = await readMeta(join(folder, 'meta.json'));
  const file = join(folder, 'golden.safetensors');
  const golden = await readAllTensors(file);
  const at = (name: string): StoredTensor => required(golden, name, file);
  const module = await createModule(meta, at('init.wpe'));
  const expected = meta.losses[0] as Meta['losses'][number];

  const outputs = await withEngine(engineId, async (engine) => {
    const store = engine.createStore();
    await store.allocate(flattenLeaves({ parameters: module.parameters, state: module.state }), 0);
    await store.write(initialParameters(module, at));
    return engine.compile(trainingStep(module), store).run(firstBatch(at));
  });

  return [
    compareValues('prediction', output(outputs, 'prediction'), at('task_logits.0'), tolerance),
    ...Object.entries(lossNames).map(([ours, theirs]) =>
      compareValues(`loss ${ours}`, output(outputs, `losses/${ours}`), scalar(expected[theirs]), tolerance),
    ),
    compareValues('loss total', output(outputs, 'total'), scalar(expected.total), tolerance),
    ...compareGradients(module, golden, outputs, file),
  ];
}

/** The real plugin, over a GPT-2 of the golden's size and encoders without masks. */
async function createModule({ config, loss_weights: weights }: Meta, positions: StoredTensor): Promise<FusionModule> {
  const streams = {
    audio: { name: 'audio', width: config.audio_dim, maximumLength: 1 },
    vision: { name: 'vision', width: config.vision_dim, maximumLength: 1 },
  };
  const createEncoder = await transformer.load();
  const encoderOptions = {
    width: config.encoder_width,
    layers: config.encoder_layers,
    heads: config.encoder_heads,
    feedForward: 4 * config.encoder_width,
    dropout: 0,
    steps: config.encoder_steps,
    align: 'strided',
    masked: false,
    batchNorm: false,
  } as const;
  const host: FusionHost = {
    languageModel: await createLanguageModel(config, positions.shape[0] as number),
    encoders: {
      audio: createEncoder(encoderOptions, { stream: streams.audio, logger: quiet }),
      vision: createEncoder(encoderOptions, { stream: streams.vision, logger: quiet }),
    },
    streams,
    text: { length: config.text_length },
    task: { kind: 'regression', range: [-3, 3] },
    logger: quiet,
  };
  const createDeepmlf = await deepmlf.load();
  return createDeepmlf(
    {
      tokens: config.fusion_tokens,
      depth: null,
      after: config.mm_after,
      heads: config.cross_attention_heads,
      scale: 'model',
      gate: 0,
      feedForward: 'trained',
      combine: 'product',
      lora: { rank: 1, scale: 1, dropout: 0 },
      streamWidth: config.encoder_width,
      headWidth: config.task_width,
      dropout: 0,
      lossWeights: {
        fusion: weights.fusion,
        streams: weights.av,
        text: weights.text,
        languageModel: weights.lm,
      },
      seqAug: { textBatches: 0, textFeatures: 0, streamFeatures: 0 },
    },
    host,
  );
}

/** GPT-2 without dropout; its weights are written later. */
async function createLanguageModel(config: Meta['config'], positions: number): Promise<LanguageModel> {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-parity-'));
  try {
    const fields = {
      model_type: 'gpt2',
      vocab_size: config.vocab,
      n_embd: config.width,
      n_head: config.heads,
      n_layer: config.layers,
      n_inner: config.ffn_width,
      n_positions: positions,
      embd_pdrop: 0,
      attn_pdrop: 0,
      resid_pdrop: 0,
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(fields));
    return await loadLanguageModel(folder, { weights: 'random' });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function initialParameters(module: FusionModule, at: (name: string) => StoredTensor): HostTensors {
  const values: Record<string, HostTensor> = {};
  for (const [path, { shape }] of flattenLeaves(module.parameters)) {
    const reference = referenceOf(path);
    const data = fromReference(reference, at(`init.${reference.name}`));
    values[`parameters/${path}`] = { shape, type: 'float32', data };
  }
  return values;
}

function firstBatch(at: (name: string) => StoredTensor): HostTensors {
  const floats = (name: string): HostTensor => {
    const { shape, data } = at(`batch.0.${name}`);
    return { shape, type: 'float32', data: Float32Array.from(data) };
  };
  const everywhere = (shape: readonly number[]): HostTensor => ({
    shape,
    type: 'bool',
    data: new Uint8Array(shape.reduce((product, extent) => product * extent, 1)).fill(1),
  });
  const [tokens, mask] = [at('batch.0.input_ids'), at('batch.0.attention_mask')];
  const size = tokens.shape[0] as number;
  const tensors: Record<string, HostTensor> = {
    rows: { shape: [size], type: 'int32', data: Int32Array.from({ length: size }, (_, row) => row) },
    'text/tokens': { shape: tokens.shape, type: 'int32', data: Int32Array.from(tokens.data) },
    'text/mask': { shape: mask.shape, type: 'bool', data: Uint8Array.from(mask.data) },
    'text/present': everywhere([size]),
    'labels/task/values': floats('labels'),
    'labels/task/known': everywhere([size]),
  };
  for (const stream of ['audio', 'vision']) {
    const values = floats(stream);
    tensors[`streams/${stream}/values`] = values;
    tensors[`streams/${stream}/mask`] = everywhere(values.shape.slice(0, 2));
    tensors[`streams/${stream}/present`] = everywhere([size]);
  }
  return tensors;
}

/** -> prediction, losses/<name>, total, gradients/<path> of what is trained. */
function trainingStep(module: FusionModule): Step {
  const tree = { parameters: module.parameters, state: module.state };
  const trained = [...flattenLeaves({ parameters: module.parameters })].filter(([, leaf]) => leaf.train);
  return {
    name: 'parity',
    run(variables, inputs) {
      const now = tf.scalar(0, 'int32');
      const pass = { training: true, epoch: now, random: createRandom(0, now) };
      const batch = nestBatch(inputs);

      function objective(parameters: TensorMap) {
        const { parameters: params, state } = nestTensors(tree, { ...variables, ...parameters });
        const { output: result } = module.forward(params, state, batch, pass);
        const terms = module.losses?.(result, batch, state, pass) ?? {};
        const rest: Record<string, tf.Tensor> = { prediction: result.prediction };
        for (const [name, { value }] of Object.entries(terms)) rest[`losses/${name}`] = value;
        return { value: weightedSum(Object.values(terms)), rest };
      }
      const own = Object.fromEntries(trained.map(([path]) => [path, variables[path] as tf.Tensor]));
      const { value, gradients, rest } = valueAndGradients(objective, own);
      const outputs: Record<string, tf.Tensor> = { ...rest, total: value };
      for (const [path, gradient] of Object.entries(gradients)) outputs[`gradients/${path}`] = gradient;
      return { updates: {}, outputs };
    },
  };
}

function weightedSum(terms: readonly LossTerm[]): tf.Tensor {
  return terms.reduce<tf.Tensor>((sum, { value, weight }) => tf.add(sum, tf.mul(value, weight)), tf.scalar(0));
}

function nestBatch(inputs: TensorMap): Batch {
  const at = (path: string): tf.Tensor => inputs[path] as tf.Tensor;
  const stream = (name: string) => ({
    values: at(`streams/${name}/values`),
    mask: at(`streams/${name}/mask`),
    present: at(`streams/${name}/present`),
  });
  return {
    rows: at('rows'),
    text: { tokens: at('text/tokens'), mask: at('text/mask'), present: at('text/present') },
    streams: { audio: stream('audio'), vision: stream('vision') },
    labels: { task: { values: at('labels/task/values'), known: at('labels/task/known') } },
  };
}

/** One comparison for each trained leaf. Every gradient of the golden has to belong to one. */
function compareGradients(module: FusionModule, golden: Golden, outputs: HostTensors, file: string): Comparison[] {
  const seen = new Set<string>();
  const comparisons: Comparison[] = [];
  for (const [path, { shape, train }] of flattenLeaves(module.parameters)) {
    if (!train) continue;
    const reference = referenceOf(path);
    const name = `grad.${reference.name}`;
    seen.add(name);
    const data = fromReference(reference, required(golden, name, file));
    comparisons.push(
      compareValues(`gradient of ${path}`, output(outputs, `gradients/parameters/${path}`), { shape, data }, tolerance),
    );
  }
  const unused = Object.keys(golden).filter((name) => name.startsWith('grad.') && !seen.has(name));
  if (unused.length === 0) return comparisons;
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place: file,
    expected: 'gradients of parameters that DeepMLF trains',
    got: unused.join(', '),
  });
}

function referenceOf(path: string) {
  const reference = referenceTensor(path);
  if (reference) return reference;
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place: path,
    expected: 'a tensor of the reference program for every parameter',
    got: 'none for this path',
  });
}

const scalar = (value: number): StoredTensor => ({ shape: [], data: Float32Array.of(value) });

function required(golden: Golden, name: string, file: string): StoredTensor {
  const tensor = golden[name];
  if (tensor) return tensor;
  throw new InterfuseError('SAFETENSORS_TENSOR', { place: file, expected: `a tensor ${name}`, got: 'none' });
}

function output(outputs: HostTensors, name: string): HostTensor {
  const tensor = outputs[name];
  if (tensor) return tensor;
  throw new InterfuseError('ENGINE_STEP', { place: 'step parity', expected: `an output ${name}`, got: 'none' });
}

async function readMeta(file: string): Promise<Meta> {
  const fields = ['config', 'loss_weights', 'losses'];
  const unreadable = (got: string, cause?: unknown): InterfuseError =>
    new InterfuseError('FILE_UNREADABLE', { place: file, expected: `JSON with ${fields.join(', ')}`, got, cause });
  let meta: Record<string, unknown>;
  try {
    meta = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw unreadable((cause as Error).message, cause);
  }
  const missing = fields.filter((field) => typeof meta[field] !== 'object' || meta[field] === null);
  if (missing.length === 0) return meta as unknown as Meta;
  throw unreadable(`no ${missing.join(', ')}`);
}
