import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Encoder, Engine, FeedForward, FusionHost, HostTensors, TensorMap } from '@interfuse/core';
import { transformer } from '@interfuse/encoders';
import { cpu } from '@interfuse/engine-tfjs';
import { checkpointFolder, loadLanguageModel } from '@interfuse/lm-adapters';
import { createRandom, flattenLeaves, linearLeaves, nestTensors, valueAndGradients } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GateKind, mmBlock, mmBlockLeaves } from './mm-block.js';
import { createDeepmlf } from './module.js';
import { placeBlocks } from './placement.js';
import { type DeepmlfOptions, deepmlf } from './plugin.js';
import { referenceTensor } from './reference-weights.js';
import { seqAug } from './seqaug.js';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const streams = {
  audio: { name: 'audio', width: 5, maximumLength: 9 },
  vision: { name: 'vision', width: 4, maximumLength: 9 },
};

const options: DeepmlfOptions = {
  tokens: 2,
  queries: 'tokens',
  crossAttentions: null,
  feedForwardStart: 'weights',
  languageModelDropout: true,
  embeddingNoise: 0,
  depth: null,
  after: null,
  heads: null,
  scale: 'model',
  gates: 'sigmoid',
  gate: 0,
  feedForward: 'trained',
  combine: 'product',
  lora: { rank: 4, scale: 2, dropout: 0.05 },
  streamWidth: null,
  headWidth: 16,
  dropout: 0.1,
  lossWeights: { fusion: 1, streams: 1, text: 1, languageModel: 0.1, consistency: 0 },
  ulgm: null,
  seqAug: { textBatches: 1, textFeatures: 0.2, streamFeatures: 0.2, within: 'padded' },
};

let engine: Engine;
let host: FusionHost;
beforeAll(async () => {
  engine = await (await cpu.load())({}, { logger });
  host = {
    languageModel: await loadLanguageModel(checkpointFolder('stories260k', (path) => path)),
    encoders: { audio: await createEncoder('audio', 4), vision: await createEncoder('vision', 4) },
    streams,
    text: { length: 6 },
    task: { kind: 'regression', range: [-3, 3] },
    logger,
  };
});
afterAll(() => engine.dispose());

async function createEncoder(name: keyof typeof streams, steps: number | null): Promise<Encoder> {
  const create = await transformer.load();
  return create(
    {
      width: 8,
      layers: 1,
      heads: 2,
      feedForward: null,
      dropout: 0.1,
      steps,
      align: 'local',
      masked: true,
      batchNorm: false,
    },
    { stream: streams[name], logger },
  );
}

/** Largest absolute gradient of the whole objective, and losses, on two samples in training mode. */
async function trainOnce(changes: Partial<DeepmlfOptions>, languageModel = host.languageModel) {
  const module = createDeepmlf({ ...options, ...changes }, { ...host, ...(languageModel && { languageModel }) });
  const tree = { parameters: module.parameters, state: module.state };
  const store = engine.createStore();
  await store.allocate(flattenLeaves(tree), 1);
  const wave = (shape: number[]): HostTensors[string] => ({
    shape,
    type: 'float32',
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(1.7 * i)),
  });
  const program = engine.compile(
    {
      name: 'train',
      run(variables: TensorMap, inputs: TensorMap) {
        const present = tf.ones([2], 'bool');
        const mask = tf.ones([2, 7], 'bool');
        const batch = {
          rows: tf.range(0, 2, 1, 'int32'),
          text: {
            tokens: tf.tensor2d([5, 40, 93, 7, 0, 0, 9, 10, 80, 31, 22, 6], [2, 6], 'int32'),
            mask: tf.tensor2d([1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1], [2, 6], 'bool'),
            present,
          },
          streams: {
            audio: { values: inputs.audio as tf.Tensor, mask, present },
            vision: { values: inputs.vision as tf.Tensor, mask, present },
          },
          // Both above any first guess, so that the signs of the absolute errors do not cancel.
          labels: { task: { values: tf.tensor2d([3, 2.5], [2, 1]), known: present } },
        };
        const { gradients, rest } = valueAndGradients((tensors) => {
          const { parameters, state } = nestTensors(tree, tensors);
          const pass = {
            training: true,
            epoch: tf.scalar(0, 'int32'),
            random: createRandom(1, inputs.step as tf.Tensor),
          };
          const { output } = module.forward(parameters, state, batch, pass);
          const terms = module.losses?.(output, batch, state, pass) ?? {};
          const value = Object.values(terms).reduce<tf.Tensor>(
            (sum, term) => tf.add(sum, tf.mul(term.value, term.weight)),
            tf.scalar(0),
          );
          return { value, rest: Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, term.value])) };
        }, variables);
        const largest = Object.entries(gradients).map(([path, gradient]) => [path, tf.max(tf.abs(gradient))] as const);
        return { updates: {}, outputs: { ...rest, ...Object.fromEntries(largest) } };
      },
    },
    store,
  );
  const outputs = await program.run({
    audio: wave([2, 7, 5]),
    vision: wave([2, 7, 4]),
    step: { shape: [], type: 'int32', data: Int32Array.of(0) },
  });
  const value = (path: string): number => outputs[path]?.data[0] as number;
  return { module, value, names: Object.keys(outputs) };
}

describe('training', () => {
  it.each([
    ['a trained copy of the feed-forward', {}],
    ['one MM Block, scaled by head', { depth: 1, scale: 'head' }],
    ['branches added instead of multiplied', { combine: 'sum' }],
    ['gates with a tanh, not quite shut', { gates: 'tanh', gate: 0.1 }],
    ['no gates', { gates: 'none' }],
  ] satisfies [string, Partial<DeepmlfOptions>][])(
    '%s: every trained parameter gets a gradient',
    async (_, changes) => {
      const { module, value } = await trainOnce(changes);
      for (const [path, leaf] of flattenLeaves({ parameters: module.parameters })) {
        if (leaf.train && leaf.inert === undefined) expect(value(path), path).toBeGreaterThan(0);
        expect(Number.isFinite(value(path)), path).toBe(true);
      }
    },
  );

  it('with low-rank additions the copies are frozen, and the additions start at nothing', async () => {
    const { module, value } = await trainOnce({ feedForward: 'lora' });
    const leaves = flattenLeaves({ parameters: module.parameters });
    expect(leaves.get('parameters/blocks/0/feedForward/gate/weight')?.train).toBe(false);
    expect(value('parameters/blocks/0/feedForward/gate/lora/up')).toBeGreaterThan(0);
    expect(leaves.get('parameters/blocks/0/feedForward/gate/lora/up')?.start).toEqual({ kind: 'constant', value: 0 });
  });

  it('a loss of weight 0 has no head and no term', async () => {
    const { module, names } = await trainOnce({
      lossWeights: { fusion: 0, streams: 1, text: 0, languageModel: 0, consistency: 0 },
    });
    expect(names.filter((name) => !name.includes('/')).sort()).toEqual(['streams', 'task']);
    const heads = (module.parameters as { heads: object }).heads;
    expect(Object.keys(heads)).toEqual(['task', 'streams']);
  });
});

describe('on any backbone', () => {
  const goldens = fileURLToPath(new URL('../../../test/goldens/lm', import.meta.url));
  const families = readdirSync(goldens, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it.each(families.map(({ name }) => name))('%s: every trained parameter gets a gradient', async (family) => {
    const languageModel = await loadLanguageModel(join(goldens, family));
    for (const feedForward of ['trained', 'lora'] as const) {
      const { module, value } = await trainOnce({ feedForward }, languageModel);
      for (const [path, leaf] of flattenLeaves({ parameters: module.parameters })) {
        expect(Number.isFinite(value(path)), path).toBe(true);
        // A of a low-rank addition moves only when B, which starts at zero, has moved.
        const moves = leaf.train && leaf.inert === undefined && !path.endsWith('/lora/down');
        if (moves) expect(value(path), path).toBeGreaterThan(0);
      }
    }
  });
});

describe('the gates of an MM Block', () => {
  const width = 4;
  const original: FeedForward = {
    kind: 'plain',
    activation: 'gelu',
    parameters: { up: linearLeaves(width, 8), down: linearLeaves(8, width) },
  };

  /** A block of these gates on one sample of two words and a token: what it adds, and how open its gates are. */
  async function addedBy(gates: GateKind, gate: number) {
    const shape = { width, streamWidth: 3, norm: 'layer', feedForward: original, loraRank: null, gates, gate } as const;
    const leaves = mmBlockLeaves(shape);
    const store = engine.createStore();
    await store.allocate(flattenLeaves(leaves), 3);
    const program = engine.compile(
      {
        name: 'block',
        run(variables: TensorMap) {
          const pass = {
            training: false,
            epoch: tf.scalar(0, 'int32'),
            random: createRandom(1, tf.scalar(0, 'int32')),
          };
          const hidden = tf.sin(tf.reshape(tf.range(0, 3 * width), [1, 3, width]));
          const z = { values: tf.cos(tf.reshape(tf.range(0, 6), [1, 2, 3])), mask: tf.ones([1, 2], 'bool') };
          const mixed = mmBlock(nestTensors(leaves, variables), hidden, z, {
            tokens: 1,
            gates,
            attention: { heads: 2, scale: 'model', dropout: 0, pass },
            feedForward: { activation: 'gelu', combine: 'product', dropout: 0, lora: { scale: 1, dropout: 0 }, pass },
          });
          return { updates: {}, outputs: { added: tf.sub(mixed.hidden, hidden), gates: mixed.gates } };
        },
      },
      store,
    );
    const { added, gates: opened } = await program.run({});
    return {
      leaves: Object.keys(leaves),
      added: Array.from(added?.data ?? []),
      opened: Array.from(opened?.data ?? []),
    };
  }

  it('with a tanh are shut at 0: the block changes nothing, words or tokens', async () => {
    const { added, opened } = await addedBy('tanh', 0);
    expect(opened).toEqual([0, 0]);
    expect(added).toEqual(added.map(() => 0));
  });

  it('with a sigmoid are half open at 0, and shut where it is 0: alpha = 0 is not shut', async () => {
    const half = await addedBy('sigmoid', 0);
    expect(half.opened).toEqual([0.5, 0.5]);
    expect(half.added.every((value) => value !== 0)).toBe(true);
    expect((await addedBy('sigmoid', -200)).added).toEqual(half.added.map(() => 0));
  });

  it('that are left out leave no parameter, and add what open gates add', async () => {
    const without = await addedBy('none', 0);
    expect(without.leaves.filter((name) => name.endsWith('Gate'))).toEqual([]);
    const open = await addedBy('sigmoid', 200);
    expect(open.opened).toEqual([1, 1]);
    expect(without.added).toEqual(open.added);
  });
});

describe('the feed-forward of an MM Block', () => {
  it('starts from the weights of the language-model block before it', () => {
    const module = createDeepmlf({ ...options, after: [1, 4] }, host);
    const leaves = flattenLeaves(module.parameters);
    for (const [block, original] of [
      ['0', 1],
      ['1', 4],
    ] as const) {
      const theirs = host.languageModel?.feedForward(original).parameters.up.weight;
      const ours = leaves.get(`blocks/${block}/feedForward/up/weight`);
      expect(ours?.start).toEqual(theirs?.start);
      expect([theirs?.train, ours?.train]).toEqual([false, true]);
    }
  });
});

describe('placement', () => {
  it('is after the last blocks, half of them unless a depth is given, or where the list says', () => {
    expect(placeBlocks({ depth: null, after: null }, 5)).toEqual([2, 3, 4]);
    expect(placeBlocks({ depth: 2, after: null }, 12)).toEqual([10, 11]);
    // MOSEI: seven of the twelve blocks of GPT-2.
    expect(placeBlocks({ depth: null, after: [3, 5, 7, 8, 9, 10, 11] }, 12)).toEqual([3, 5, 7, 8, 9, 10, 11]);
  });

  it.each([
    [{ depth: 6, after: null }, /fusion\.options\.depth/],
    [{ depth: null, after: [5] }, /fusion\.options\.after/],
    [{ depth: null, after: [2, 1] }, /fusion\.options\.after/],
    [{ depth: 1, after: [1] }, /fusion\.options\.depth/],
  ])('refuses %o in a model of five blocks', (placement, place) => {
    expect(() => placeBlocks(placement, 5)).toThrowError(place);
  });
});

describe('what the run has to offer', () => {
  it('is the same number of steps from every encoder', async () => {
    const encoders = { ...host.encoders, vision: await createEncoder('vision', null) };
    expect(() => createDeepmlf(options, { ...host, encoders })).toThrowError(
      /PLUGIN_REQUIREMENT[\s\S]*audio: 4, vision: as many as it has frames[\s\S]*options: \{ steps: 16 \}/,
    );
  });

  it('is room for text and fusion tokens, and a width that the heads divide', () => {
    expect(() => createDeepmlf(options, { ...host, text: { length: 511 } })).toThrowError(/TEXT_TOO_LONG/);
    expect(() => createDeepmlf({ ...options, heads: 7 }, host)).toThrowError(/fusion\.options\.heads/);
  });
});

describe('SeqAug', () => {
  const random = () => createRandom(3, tf.scalar(0, 'int32'));
  const x = () => tf.reshape(tf.range(0, 2 * 6 * 50), [2, 6, 50]);
  const augment = (batches: number, features: number, training = true) =>
    seqAug(x(), { batches, features }, { training, epoch: tf.scalar(0, 'int32'), random: random() });

  it('moves whole features in time, about as many as asked for', () => {
    const moved = augment(1, 0.2);
    // Every feature keeps its values, in some order.
    const sorted = (tensor: tf.Tensor) => tf.transpose(tensor, [0, 2, 1]).arraySync() as number[][][];
    const columns = (tensor: tf.Tensor) =>
      sorted(tensor)
        .flat()
        .map((column) => [...column].sort((a, b) => a - b));
    expect(columns(moved)).toEqual(columns(x()));
    const changed = Array.from(tf.any(tf.notEqual(moved, x()), 1).dataSync());
    const share = changed.reduce((sum, each) => sum + each, 0) / changed.length;
    // Four standard errors of a share of 0.2 among 100 features.
    expect(Math.abs(share - 0.2)).toBeLessThan(0.16);
  });

  it('is the identity outside of training, and for batches that are not drawn', () => {
    expect(augment(1, 0.2, false).dataSync()).toEqual(x().dataSync());
    expect(augment(0, 0.2).dataSync()).toEqual(x().dataSync());
  });
});

describe('the manifest', () => {
  it('describes every option, nested ones too, and accepts no others', () => {
    const check = (schema: { properties?: object; additionalProperties?: boolean; description?: string }): void => {
      if (!schema.properties) return;
      expect(schema.additionalProperties).toBe(false);
      for (const property of Object.values(schema.properties)) {
        expect(property.description.length).toBeGreaterThan(10);
        check(property);
      }
    };
    check(deepmlf.options);
  });

  it('names no tensor of the authors’ program for paths that are not theirs', () => {
    expect(referenceTensor('blocks/0/feedForwardGate')).toEqual({ name: 'mm.0.alpha_2' });
    expect(referenceTensor('blocks/0/feedForward/gate/weight')).toBeUndefined();
  });
});
