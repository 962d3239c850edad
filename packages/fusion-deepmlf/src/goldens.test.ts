/** The authors' modules in evaluation mode, weights included: `test/goldens/deepmlf-modules.json`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Batch,
  Encoder,
  FeedForward,
  FusionHost,
  FusionModule,
  Leaf,
  Leaves,
  Pass,
  Tensors,
} from '@interfuse/core';
import { transformer } from '@interfuse/encoders';
import { loadLanguageModel } from '@interfuse/lm-adapters';
import { blockFeedForward, blockNorm, flattenLeaves, initialValues, nestTensors, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromReference, referenceTensor } from './index.js';
import { jointStreamLeaves, jointStreams } from './joint-streams.js';
import { mmBlock, mmBlockLeaves } from './mm-block.js';
import { createDeepmlf } from './module.js';
import { permuteFeatures } from './seqaug.js';

type Nested = number | Nested[];
type Weights = Record<string, Nested>;

const golden = JSON.parse(readFileSync(new URL('../../../test/goldens/deepmlf-modules.json', import.meta.url), 'utf8'));
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

let pass: Pass;
beforeAll(async () => {
  await tf.setBackend('cpu');
  const unused = () => {
    throw new Error('nothing is random in evaluation mode');
  };
  const random = { uniform: unused, fork: () => random };
  pass = { training: false, epoch: tf.scalar(0, 'int32'), random };
});

const flat = (values: Nested): number[] => (Array.isArray(values) ? values.flatMap(flat) : [values]);
const shapeOf = (values: Nested): number[] =>
  Array.isArray(values) ? [values.length, ...shapeOf(values[0] as Nested)] : [];
const tensor = (values: Nested): tf.Tensor => tf.tensor(flat(values), shapeOf(values));

function expectClose(actual: tf.Tensor, expected: Nested, tolerance = 1e-5): void {
  const numbers = flat(expected);
  const values = Array.from(actual.dataSync());
  expect(values).toHaveLength(numbers.length);
  const worst = Math.max(...values.map((value, i) => Math.abs(value - (numbers[i] as number))));
  expect(worst).toBeLessThan(tolerance);
}

/** The parameters of a tree of leaves from weights under the authors' names. */
function load<P extends Leaves>(tree: P, weights: Weights, prefix = ''): Tensors<P> {
  const tensors: Record<string, tf.Tensor> = {};
  for (const [path, { shape }] of flattenLeaves(tree)) {
    const reference = referenceTensor(prefix + path);
    const values = reference && weights[reference.name];
    if (!values) throw new Error(`no weights for ${prefix}${path}`);
    tensors[path] = tf.tensor(fromReference(reference, { shape: shapeOf(values), data: flat(values) }), [...shape]);
  }
  return nestTensors(tree, tensors);
}

const renamed = (weights: Weights, rename: (name: string) => string): Weights =>
  Object.fromEntries(Object.entries(weights).map(([name, values]) => [rename(name), values]));

const encoderWeights = renamed(golden.av_encoder.weights, (name) => `av.${name}`);

async function createEncoders(): Promise<Record<'audio' | 'vision', Encoder>> {
  const { config } = golden.av_encoder;
  const create = await transformer.load();
  const encoder = (name: string, width: number): Encoder =>
    create(
      {
        width: config.d_enc,
        layers: config.layers,
        heads: config.heads,
        feedForward: null,
        dropout: 0.1,
        steps: config.maxlen,
        align: 'strided',
        masked: false,
        batchNorm: false,
      },
      { stream: { name, width, maximumLength: 10 }, logger },
    );
  return { audio: encoder('audio', config.d_a), vision: encoder('vision', config.d_v) };
}

function streamsOf(values: Record<'audio' | 'vision', tf.Tensor>): Batch['streams'] {
  const stream = (each: tf.Tensor) => ({
    values: each,
    mask: tf.ones(each.shape.slice(0, 2), 'bool'),
    present: tf.ones(each.shape.slice(0, 1), 'bool'),
  });
  return { audio: stream(values.audio), vision: stream(values.vision) };
}

const goldenStreams = () =>
  streamsOf({ audio: tensor(golden.av_encoder.audio), vision: tensor(golden.av_encoder.vision) });

describe('the audio-visual encoder', () => {
  it('is that of the authors, up to the norm of Z', async () => {
    const encoders = await createEncoders();
    const { parameters } = jointStreamLeaves(encoders, null);
    const identity = { 'z_norm.weight': [1, 1, 1, 1, 1, 1], 'z_norm.bias': [0, 0, 0, 0, 0, 0] };
    const params = load(parameters, { ...encoderWeights, ...identity }, 'streams/');
    const { values } = jointStreams(encoders, params, { audio: {}, vision: {} }, { streams: goldenStreams() }, pass);
    // Theirs is before the norm, which belongs to the whole model there.
    const z = tensor(golden.av_encoder.Z);
    const centred = tf.sub(z, tf.mean(z, -1, true));
    const normed = tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5)));
    expectClose(values, normed.arraySync() as Nested);
  });
});

const goldenZ = () => ({ values: tensor(golden.av_encoder.Z), mask: tf.ones([2, 4], 'bool') });

const attention = (heads: number) => ({ heads, scale: 'model', dropout: 0.1, pass }) as const;

describe('an MM Block', () => {
  it('of a GPT-2 is that of the authors', () => {
    const { config, weights, text, fusion, out } = golden.mm_block;
    const linear = (outputs: number, inputs: number) => ({ weight: zeros([outputs, inputs]), bias: zeros([outputs]) });
    const original: FeedForward = {
      kind: 'plain',
      activation: 'gelu-tanh',
      parameters: { up: linear(4 * config.d, config.d), down: linear(config.d, 4 * config.d) },
    };
    const leaves = mmBlockLeaves({
      width: config.d,
      streamWidth: config.kv,
      norm: 'layer',
      feedForward: original,
      loraRank: null,
      gates: 'sigmoid',
      gate: 0,
    });
    const params = load(
      leaves,
      renamed(weights, (name) => `mm.0.${name}`),
      'blocks/0/',
    );
    const { hidden } = mmBlock(params, tf.concat([tensor(text), tensor(fusion)], 1), goldenZ(), {
      tokens: 2,
      gates: 'sigmoid',
      attention: attention(config.heads),
      feedForward: {
        activation: 'gelu',
        combine: 'product',
        dropout: 0.1,
        lora: { scale: 1, dropout: 0 },
        pass,
      },
    });
    expectClose(hidden, out);
  });

  it('of a Llama is that of the authors, which adds the branches and has low-rank additions', () => {
    // It shares the inputs of the GPT-2 block.
    const { text, fusion } = golden.mm_block;
    const { config, weights, out, mlp_of_rmsnorm_text } = golden.mm_block_llama;
    const linear = (outputs: number, inputs: number) => ({ weight: zeros([outputs, inputs]) });
    const original: FeedForward = {
      kind: 'gated',
      activation: 'silu',
      parameters: {
        gate: linear(config.n_up, config.d),
        up: linear(config.n_up, config.d),
        down: linear(config.d, config.n_up),
      },
    };
    const leaves = mmBlockLeaves({
      width: config.d,
      streamWidth: config.kv,
      norm: 'rms',
      feedForward: original,
      loraRank: config.r,
      gates: 'sigmoid',
      gate: 0,
    });
    const frozen = [...flattenLeaves(leaves.feedForward as Leaves)].filter(([, leaf]: [string, Leaf]) => !leaf.train);
    expect(frozen.map(([path]) => path)).toEqual(['gate/weight', 'up/weight', 'down/weight']);

    // Theirs are [inputs, rank] and [rank, outputs].
    const turned = (name: string): tf.Tensor => tf.transpose(tensor(weights[name]));
    const branch = (name: string) => ({
      weight: tensor(weights[`mlp.${name}_proj.weight`]),
      lora: { down: turned(`mlp.lora_${name}_proj.lora_A`), up: turned(`mlp.lora_${name}_proj.lora_B`) },
    });
    const { feedForward: _, ...rest } = leaves;
    const params = {
      ...load(
        rest,
        renamed(weights, (name) => `mm.0.${name}`),
        'blocks/0/',
      ),
      feedForward: { gate: branch('gate'), up: branch('up'), down: branch('down') },
    };
    const feedForward = {
      activation: 'silu',
      combine: 'sum',
      dropout: 0.1,
      lora: { scale: config.alpha / config.r, dropout: 0.05 },
      pass,
    } as const;
    const normed = blockNorm(params.feedForwardNorm as { weight: tf.Tensor }, tensor(text));
    expectClose(blockFeedForward(params.feedForward, normed, feedForward), mlp_of_rmsnorm_text);
    const hidden = tf.concat([tensor(text), tensor(fusion)], 1);
    const settings = { tokens: 2, gates: 'sigmoid', attention: attention(config.heads), feedForward } as const;
    expectClose(mmBlock(params, hidden, goldenZ(), settings).hidden, out);
  });
});

describe('SeqAug', () => {
  it('permutes as the authors do, given their permutation and mask', () => {
    const { x, perm, keep_mask, out, n_f } = golden.softperm;
    const [text, tokens] = tf.split(tensor(x), [5, n_f], 1) as [tf.Tensor, tf.Tensor];
    const moved = permuteFeatures(text, tf.tensor1d(perm, 'int32'), tf.expandDims(tensor(keep_mask), 1));
    expectClose(tf.concat([moved, tokens], 1), out);
  });
});

describe('the whole model', () => {
  const goldenModel = golden.end_to_end;
  const { config } = goldenModel;
  let module: FusionModule;
  let params: Tensors<Leaves>;
  let state: Tensors<Leaves>;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'interfuse-deepmlf-'));
    const fields = {
      model_type: 'gpt2',
      vocab_size: config.vocab,
      n_embd: config.d,
      n_head: config.heads,
      n_layer: config.layers,
      n_positions: goldenModel.lm_weights.wpe.length,
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(fields));
    const encoders = await createEncoders();
    const host: FusionHost = {
      languageModel: await loadLanguageModel(folder, { weights: 'random' }),
      encoders,
      streams: {},
      text: { length: config.L_text },
      task: { kind: 'regression', range: [-3, 3] },
      logger,
    };
    rmSync(folder, { recursive: true });
    module = createDeepmlf(
      {
        tokens: config.n_f,
        queries: 'tokens',
        crossAttentions: null,
        feedForwardStart: 'weights',
        languageModelDropout: true,
        embeddingNoise: 0,
        depth: null,
        after: config.mm_after,
        heads: 2,
        scale: 'model',
        gates: 'sigmoid',
        gate: 0,
        feedForward: 'trained',
        combine: 'product',
        lora: { rank: 1, scale: 1, dropout: 0 },
        streamWidth: null,
        headWidth: goldenModel.head_weights['bn.weight'].length,
        dropout: 0.1,
        lossWeights: { fusion: 1, streams: 1, text: 1, languageModel: 1, consistency: 0 },
        ulgm: null,
        seqAug: { textBatches: 0, textFeatures: 0.2, streamFeatures: 0, within: 'padded' },
      },
      host,
    );
    const blocks = goldenModel.mm_weights.map((weights: Weights, i: number) =>
      renamed(weights, (name) => `mm.${i}.${name}`),
    );
    params = load(module.parameters, {
      ...encoderWeights,
      ...renamed(goldenModel.lm_weights, (name) => name.replace(/^LN\./, 'z_norm.')),
      ...Object.assign({}, ...blocks),
      ...renamed(goldenModel.head_weights, (name) => name.replace(/^bn\./, 'task_bn.')),
    });
    const fresh = [...flattenLeaves(module.state)].map(
      ([path, leaf]) => [path, tf.tensor(initialValues(leaf, path, 0), [...leaf.shape])] as const,
    );
    state = nestTensors(module.state, Object.fromEntries(fresh));
  });

  function batchOf(streams: Batch['streams'], tokens: Nested = goldenModel.input_ids): Batch {
    return {
      rows: tf.range(0, 2, 1, 'int32'),
      text: {
        tokens: tf.cast(tensor(tokens), 'int32'),
        mask: tf.cast(tensor(goldenModel.attention_mask), 'bool'),
        present: tf.ones([2], 'bool'),
      },
      streams,
      labels: { task: { values: tensor(goldenModel.labels), known: tf.ones([2], 'bool') } },
    };
  }
  const run = (batch: Batch) => module.forward(params, state, batch, pass).output;

  it('predicts what the authors’ model predicts, from every head', () => {
    const { prediction, heads } = run(batchOf(goldenStreams()));
    expectClose(prediction, goldenModel.task_logits);
    expectClose(heads?.text as tf.Tensor, goldenModel.text_logits);
    expectClose(heads?.fusion as tf.Tensor, goldenModel.bn_logits);
    expectClose(heads?.streams as tf.Tensor, goldenModel.av_logits);
  });

  it('has the five losses of the authors’ model', () => {
    const batch = batchOf(goldenStreams());
    const losses = module.losses?.(run(batch), batch, state, pass) ?? {};
    const { task, bn, av, text, clm } = goldenModel.losses;
    const expected = { task, fusion: bn, streams: av, text, languageModel: clm };
    expect(Object.keys(losses).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(expected)) {
      expectClose(losses[name]?.value as tf.Tensor, value);
    }
  });

  it('lets fusion tokens read the streams, and words never', () => {
    const plain = run(batchOf(goldenStreams()));
    const { audio, vision } = goldenStreams() as Batch['streams'] & Record<'audio' | 'vision', { values: tf.Tensor }>;
    const other = run(batchOf(streamsOf({ audio: tf.mul(audio.values, 2), vision: vision.values })));
    expect(other.heads?.text?.dataSync()).toEqual(plain.heads?.text?.dataSync());
    expect(other.heads?.languageModel?.dataSync()).toEqual(plain.heads?.languageModel?.dataSync());
    expect(other.heads?.fusion?.dataSync()).not.toEqual(plain.heads?.fusion?.dataSync());
  });

  it('never reads a token under the mask', () => {
    const plain = run(batchOf(goldenStreams()));
    // The second text has two real tokens.
    const changed = goldenModel.input_ids.map((row: number[], i: number) =>
      i === 1 ? [...row.slice(0, 2), 3, 4] : row,
    );
    expect(run(batchOf(goldenStreams(), changed)).prediction.dataSync()).toEqual(plain.prediction.dataSync());
  });

  it('shows gates and attention, whose rows sum to 1', () => {
    const { inspect = {} } = run(batchOf(goldenStreams()));
    expect(Object.keys(inspect).sort()).toEqual(
      ['gates', 'streamAttention', 'wordAttention'].flatMap((name) => [`${name}/0`, `${name}/1`]).sort(),
    );
    const alphas = [goldenModel.mm_weights[0].alpha_1[0], goldenModel.mm_weights[0].alpha_2[0]] as number[];
    expectClose(
      inspect['gates/0']?.values as tf.Tensor,
      alphas.map((alpha) => 1 / (1 + Math.exp(-alpha))),
    );
    const rows = tf.sum(inspect['streamAttention/1']?.values as tf.Tensor, -1);
    expectClose(rows, tf.onesLike(rows).arraySync() as Nested);
  });

  it('answers without NaN when streams or texts are absent', () => {
    const streams = goldenStreams();
    const nobody = tf.zeros([2], 'bool');
    const gone = Object.fromEntries(
      Object.entries(streams).map(([name, each]) => [name, { ...each, present: nobody }]),
    );
    const batch = batchOf(gone);
    const silent = { ...batch, text: { ...(batch.text as NonNullable<Batch['text']>), present: nobody } };
    for (const value of run(silent).prediction.dataSync()) expect(Number.isFinite(value)).toBe(true);
    // Nothing at all is left of two different samples.
    const [first, second] = run(silent).prediction.dataSync();
    expect(first).toBeCloseTo(second as number, 6);
  });
});
