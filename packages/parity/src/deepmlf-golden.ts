/** A golden of DeepMLF in training: what its folder holds, and our model in its size with its parameters. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FusionHost,
  type FusionModule,
  type HostTensor,
  type HostTensors,
  InterfuseError,
  type LanguageModel,
  type TrainingSettings,
  trainingDefaults,
} from '@interfuse/core';
import { transformer } from '@interfuse/encoders';
import { deepmlf, fromReference, type ReferenceTensor, referenceTensor } from '@interfuse/fusion-deepmlf';
import { loadLanguageModel } from '@interfuse/lm-adapters';
import { flattenLeaves } from '@interfuse/nn';
import { readAllTensors, type StoredTensor } from '@interfuse/safetensors';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export interface Meta {
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
  readonly optimizer: {
    readonly betas: [number, number];
    readonly accumulation: 'mean' | 'sum';
  } & {
    readonly [name in
      | 'eps'
      | 'lr'
      | 'lr_audio_visual_encoder'
      | 'weight_decay'
      | 'clip_by_value'
      | 'accumulate']: number;
  };
  readonly loss_weights: Record<'task' | 'fusion' | 'av' | 'text' | 'lm', number>;
  readonly losses: readonly Record<'task' | 'fusion' | 'av' | 'text' | 'lm' | 'total', number>[];
}

export interface Golden {
  readonly meta: Meta;
  /** The tensor of this name. @throws SAFETENSORS_TENSOR if there is none */
  readonly at: (name: string) => StoredTensor;
  readonly names: readonly string[];
  readonly file: string;
}

/** @throws FILE_UNREADABLE, SAFETENSORS_INVALID if the folder is not of this form */
export async function readGolden(folder: string): Promise<Golden> {
  const meta = await readMeta(join(folder, 'meta.json'));
  const file = join(folder, 'golden.safetensors');
  const tensors = await readAllTensors(file);
  const at = (name: string): StoredTensor => {
    const tensor = tensors[name];
    if (tensor) return tensor;
    throw new InterfuseError('SAFETENSORS_TENSOR', { place: file, expected: `a tensor ${name}`, got: 'none' });
  };
  return { meta, at, names: Object.keys(tensors), file };
}

async function readMeta(file: string): Promise<Meta> {
  const fields = ['config', 'optimizer', 'loss_weights', 'losses'];
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

/** The real plugin, over a GPT-2 of the golden's size and encoders without masks. */
export async function createModule({ meta, at }: Golden): Promise<FusionModule> {
  const { config, loss_weights: weights } = meta;
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
    languageModel: await createLanguageModel(config, at('init.wpe').shape[0] as number),
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
      queries: 'tokens',
      crossAttentions: null,
      feedForwardStart: 'weights',
      languageModelDropout: true,
      embeddingNoise: 0,
      depth: null,
      after: config.mm_after,
      heads: config.cross_attention_heads,
      scale: 'model',
      gates: 'sigmoid',
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
        consistency: 0,
      },
      ulgm: null,
      seqAug: { textBatches: 0, textFeatures: 0, streamFeatures: 0, within: 'padded' },
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

/** The optimizer of the golden; its audio-visual encoder has a learning rate of its own and is not clipped. */
export function trainingSettings({ optimizer }: Meta): TrainingSettings {
  return {
    ...trainingDefaults,
    epochs: 1,
    batchSize: 1,
    accumulate: optimizer.accumulate,
    accumulation: optimizer.accumulation,
    pieceSize: 0,
    learningRate: optimizer.lr,
    weightDecay: optimizer.weight_decay,
    betas: optimizer.betas,
    epsilon: optimizer.eps,
    schedule: 'constant',
    warmup: 0,
    clipNorm: 0,
    clipValue: optimizer.clip_by_value,
    patience: 0,
    modalityDropout: {},
    groups: { encoders: { learningRateScale: optimizer.lr_audio_visual_encoder / optimizer.lr, clip: false } },
  };
}

export function referenceOf(path: string): ReferenceTensor {
  const reference = referenceTensor(path);
  if (reference) return reference;
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place: path,
    expected: 'a tensor of the reference program for every parameter',
    got: 'none for this path',
  });
}

/** The values under `init.`, by variable path. */
export function initialValues(module: FusionModule, { at }: Golden): HostTensors {
  const values: Record<string, HostTensor> = {};
  for (const [path, { shape }] of flattenLeaves(module.parameters)) {
    const reference = referenceOf(path);
    const data = fromReference(reference, at(`init.${reference.name}`));
    values[`parameters/${path}`] = { shape, type: 'float32', data };
  }
  return values;
}

/** The inputs of micro-batch `index`; every frame counts, as the reference has no masks there. */
export function microBatch({ at }: Golden, index: number): HostTensors {
  const floats = (name: string): HostTensor => {
    const { shape, data } = at(`batch.${index}.${name}`);
    return { shape, type: 'float32', data: Float32Array.from(data) };
  };
  const everywhere = (shape: readonly number[]): HostTensor => ({
    shape,
    type: 'bool',
    data: new Uint8Array(shape.reduce((product, extent) => product * extent, 1)).fill(1),
  });
  const [tokens, mask] = [at(`batch.${index}.input_ids`), at(`batch.${index}.attention_mask`)];
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
