/** What DeepMLF and its variants promise of words, tokens, gates and losses, on an eager and on the compiled engine. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  Engine,
  FeedForward,
  FusionModule,
  HostTensor,
  HostTensors,
  LanguageModel,
  Leaf,
  Step,
  Store,
  TextInput,
} from '@interfuse/core';
import { compileSchema } from '@interfuse/core/config';
import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { checkpointFolder, loadLanguageModel, loadTokenizer } from '@interfuse/lm-adapters';
import {
  blockNorm,
  createRandom,
  feedForward,
  flattenLeaves,
  gatedFeedForward,
  mapLeaves,
  nestTensors,
  valueAndGradients,
} from '@interfuse/nn';
import { type TinyHostSettings, tinyBatch, tinyHost, tinyLanguageModel } from '@interfuse/testing';
import { batchFromInputs, evaluateStep, modelLeaves, scalarInt } from '@interfuse/training/loop';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headLeaves, readOut } from './heads.js';
import { deepmlfLosses } from './losses.js';
import { createDeepmlf } from './module.js';
import { type DeepmlfOptions, deepmlf } from './plugin.js';
import { addNoise, seqAug } from './seqaug.js';

const goldens = fileURLToPath(new URL('../../../test/goldens/lm', import.meta.url));
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const host = tinyHost(deepmlf, { steps: 4 });
const batch = tinyBatch(host, { size: 3 });

function variant(options: object, settings: TinyHostSettings = {}): FusionModule {
  const filled = structuredClone(options) as DeepmlfOptions;
  expect(compileSchema(deepmlf.options)(filled, 'fusion.options')).toEqual([]);
  return createDeepmlf(filled, tinyHost(deepmlf, { steps: 4, ...settings }));
}

const paths = ({ parameters }: FusionModule): string[] => [...flattenLeaves(parameters).keys()];

let engines: Record<'cpu' | 'onnx', Engine>;
beforeAll(async () => {
  engines = {
    cpu: await (await cpu.load())({}, { logger }),
    onnx: await (await onnx.load())({ threads: 1, provider: 'cpu' }, { logger }),
  };
});
afterAll(async () => {
  for (const engine of Object.values(engines)) await engine.dispose();
});

interface Trial {
  readonly store: Store;
  /** Predictions, guesses of all heads, attention. */
  evaluate(changes?: HostTensors): Promise<HostTensors>;
}

async function tryOut(module: FusionModule, engine: Engine): Promise<Trial> {
  const store = engine.createStore();
  await store.allocate(modelLeaves(module), 5);
  const program = engine.compile(evaluateStep({ module, seed: 1 }, { heads: true, inspect: true }), store);
  return { store, evaluate: (changes = {}) => program.run({ ...batch, ...changes, epoch: scalarInt(0) }) };
}

const doubled = ({ shape, type, data }: HostTensor): HostTensor => ({
  shape,
  type,
  data: (data as Float32Array).map((value) => 2 * value + 1),
});
const otherStreams = {
  'streams/audio/values': doubled(batch['streams/audio/values'] as HostTensor),
  'streams/vision/values': doubled(batch['streams/vision/values'] as HostTensor),
};
const otherTokensUnderMask = {
  'text/tokens': {
    ...(batch['text/tokens'] as HostTensor),
    data: (batch['text/tokens'] as HostTensor).data.map((token, i) =>
      batch['text/mask']?.data[i] ? token : 1 + (i % 9),
    ) as Int32Array,
  },
};

/** Values of words whose mask is true, of a tensor [B, L, ...]. */
function ofRealWords(tensor: HostTensor | undefined): number[] {
  const { shape, data } = tensor as HostTensor;
  const size = shape.slice(2).reduce((product, each) => product * each, 1);
  const mask = (batch['text/mask'] as HostTensor).data;
  return Array.from(data).filter((_, i) => mask[Math.floor(i / size)]);
}

const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));
const numbers = (tensor: HostTensor | undefined): number[] => Array.from((tensor as HostTensor).data);

describe.each(['cpu', 'onnx'] as const)('on %s', (name) => {
  it('text never sees fusion tokens, nor streams: words are what they are without them', async () => {
    const { store, evaluate } = await tryOut(variant({}), engines[name]);
    const plain = await evaluate();
    const other = await evaluate(otherStreams);
    expect(other['heads/languageModel']).toEqual(plain['heads/languageModel']);
    expect(other['heads/text']).toEqual(plain['heads/text']);
    expect(other['heads/fusion']).not.toEqual(plain['heads/fusion']);

    const tokens = (await store.read(['parameters/fusionTokens']))['parameters/fusionTokens'] as HostTensor;
    await store.write({ 'parameters/fusionTokens': doubled(tokens) });
    const moved = await evaluate();
    expect(moved['heads/languageModel']).toEqual(plain['heads/languageModel']);
    expect(moved['heads/text']).toEqual(plain['heads/text']);
    expect(moved['heads/fusion']).not.toEqual(plain['heads/fusion']);
  });

  it('a masked word never changes the prediction, even where words read the streams', async () => {
    for (const options of [{}, { queries: 'text', tokens: 0 }, { queries: 'all' }]) {
      const { evaluate } = await tryOut(variant(options), engines[name]);
      const [plain, other] = [await evaluate(), await evaluate(otherTokensUnderMask)];
      expect(numbers(other.prediction), JSON.stringify(options)).toEqual(numbers(plain.prediction));
    }
  });

  it('with both gates at 0 the language model says what it says alone; alpha = 0 is half open', async () => {
    const alone = await languageModelAlone(engines[name]);
    const wordsOf = async (options: object): Promise<number[]> => {
      const { evaluate } = await tryOut(variant({ ...options, queries: 'all' }), engines[name]);
      return ofRealWords((await evaluate())['heads/languageModel']);
    };
    expect(apart(await wordsOf({ gates: 'tanh', gate: 0 }), alone)).toBeLessThan(1e-5);
    expect(apart(await wordsOf({ gates: 'sigmoid', gate: -200 }), alone)).toBeLessThan(1e-5);
    expect(apart(await wordsOf({ gates: 'sigmoid', gate: 0 }), alone)).toBeGreaterThan(0.1);
  });

  it('the next-token loss teaches the feed-forwards, and neither cross-attention, tokens nor encoders', async () => {
    const largest = await gradientsOf('languageModel', variant({}), engines[name]);
    const taught = Object.keys(largest).filter((path) => (largest[path] as number) > 0);
    expect(new Set(taught.map((path) => path.replace(/^blocks\/\d+\/(\w+).*/, '$1')))).toEqual(
      new Set(['feedForwardGate', 'feedForwardNorm', 'feedForward']),
    );
    // Where words ask, it does.
    const asking = await gradientsOf('languageModel', variant({ queries: 'text', tokens: 0 }), engines[name]);
    expect(asking['blocks/0/attention/value/weight']).toBeGreaterThan(0);
    expect(asking['streams/join/weight']).toBeGreaterThan(0);
  });
});

const languageModelAlone = (engine: Engine): Promise<number[]> => logitsOf(tinyLanguageModel(), engine);

/** Logits of real words of the language model by itself; `again` is a block whose feed-forward thinks once more at the end. */
async function logitsOf(model: LanguageModel, engine: Engine, again?: number): Promise<number[]> {
  const original = again === undefined ? undefined : model.feedForward(again);
  const leaves = { languageModel: model.parameters, norm: original?.norm ?? {}, parts: original?.parameters ?? {} };
  const store = engine.createStore();
  await store.allocate(flattenLeaves(leaves, 'parameters'), 5);
  const step: Step = {
    name: 'alone',
    run(variables, inputs) {
      const { languageModel, norm, parts } = nestTensors(leaves, variables, 'parameters');
      const pass = { training: false, epoch: tf.scalar(0, 'int32'), random: createRandom(1, tf.scalar(0, 'int32')) };
      const text = batchFromInputs(inputs).text as TextInput;
      const hidden = model.prefix(languageModel, text, model.config.layers, pass);
      const think = original?.kind === 'gated' ? gatedFeedForward : feedForward;
      const thought = original
        ? think(parts as never, blockNorm(norm as never, hidden, model.config.norm.epsilon), original.activation)
        : 0;
      const logits = model.logits(languageModel, model.norm(languageModel, tf.add(hidden, thought)));
      return { updates: {}, outputs: { logits } };
    },
  };
  return ofRealWords((await engine.compile(step, store).run(batch)).logits);
}

/** The largest magnitude of the gradient of one term for every trained parameter. */
async function gradientsOf(term: string, module: FusionModule, engine: Engine): Promise<Record<string, number>> {
  const store = engine.createStore();
  await store.allocate(modelLeaves(module), 5);
  const step: Step = {
    name: 'gradients',
    run(variables, inputs) {
      const tree = { parameters: module.parameters, state: module.state };
      const trained = Object.fromEntries(
        Object.entries(variables).filter(([path]) => flattenLeaves(tree).get(path)?.train),
      );
      const { gradients } = valueAndGradients((tensors) => {
        const { parameters, state } = nestTensors(tree, { ...variables, ...tensors });
        const pass = {
          training: true,
          epoch: tf.scalar(0, 'int32'),
          random: createRandom(1, inputs.step as tf.Tensor),
        };
        const batchInputs = batchFromInputs(inputs);
        const { output } = module.forward(parameters, state, batchInputs, pass);
        const value = module.losses?.(output, batchInputs, state, pass)[term]?.value as tf.Tensor;
        return { value, rest: {} };
      }, trained);
      const outputs = Object.entries(gradients).map(([path, gradient]): [string, tf.Tensor] => [
        path.replace('parameters/', ''),
        tf.max(tf.abs(gradient)),
      ]);
      return { updates: {}, outputs: Object.fromEntries(outputs) };
    },
  };
  const found = await engine.compile(step, store).run({ ...batch, step: scalarInt(0) });
  return Object.fromEntries(Object.entries(found).map(([path, { data }]) => [path, data[0] as number]));
}

describe('who reads the streams', () => {
  it.each([
    ['tokens', [false, true]],
    ['text', [true, false]],
    ['all', [true, true]],
  ] as const)('queries: %s lets words and tokens ask, or not: %s', async (queries, [words, tokens]) => {
    const { evaluate } = await tryOut(variant({ queries }), engines.cpu);
    const [plain, other] = [await evaluate(), await evaluate(otherStreams)];
    const change = apart(ofRealWords(other['heads/languageModel']), ofRealWords(plain['heads/languageModel']));
    expect(change > 0).toBe(words);
    const shown = Object.keys(plain).filter((path) => /[sS]treamAttention\/1$/.test(path));
    expect(shown.some((path) => path.includes('wordStreamAttention'))).toBe(words);
    expect(shown.some((path) => path.includes('/streamAttention'))).toBe(tokens);
  });

  it('without tokens there is no part of theirs: the task head reads the last word and the streams', () => {
    const module = variant({ tokens: 0 });
    expect(paths(module).filter((path) => /fusion|attention/i.test(path.replace(/^languageModel.*/, '')))).toEqual([]);
    const hidden = flattenLeaves(module.parameters).get('heads/task/hidden/weight');
    const joint = flattenLeaves(module.parameters).get('streams/norm/weight')?.shape[0] as number;
    expect(hidden?.shape[1]).toBe(16 + joint);
    expect(module.prefixDepths).toEqual([2]);
  });

  it('only the first MM Blocks have a cross-attention where a number says so', async () => {
    const module = variant({ crossAttentions: 1 });
    const halves = paths(module).filter((path) => /^blocks\/\d+\/(attention|feedForward)Gate$/.test(path));
    expect(halves).toEqual(['blocks/0/attentionGate', 'blocks/0/feedForwardGate', 'blocks/1/feedForwardGate']);
    const { evaluate } = await tryOut(module, engines.cpu);
    const shown = Object.keys(await evaluate()).filter((path) => path.startsWith('inspect/'));
    expect(shown).toEqual([
      'inspect/gates/1',
      'inspect/streamAttention/1',
      'inspect/wordAttention/1',
      'inspect/feedForwardGate/2',
      'inspect/wordAttention/2',
    ]);
  });

  it('a block without feed-forward has neither its norm nor its gate, and leaves the words as they are', async () => {
    const module = variant({ feedForward: 'none' });
    expect(paths(module).filter((path) => /^blocks\/\d+\/feedForward/.test(path))).toEqual([]);
    const { evaluate } = await tryOut(module, engines.cpu);
    const words = ofRealWords((await evaluate())['heads/languageModel']);
    expect(apart(words, await languageModelAlone(engines.cpu))).toBeLessThan(1e-5);
  });

  it.each([
    [{ crossAttentions: 3 }, /fusion\.options\.crossAttentions\n.*at most the 2 MM Blocks/],
    [{ crossAttentions: 1, feedForward: 'none' }, /fusion\.options\.feedForward\n.*only 1 of the 2 MM Blocks/],
    [{ tokens: 0, feedForward: 'none' }, /fusion\.options\.feedForward\n.*only 0 of the 2 MM Blocks/],
    [{ gate: [0] }, /fusion\.options\.gate\n.*at least 2, one for each MM Block/],
    [{ feedForward: 'lora', lora: { rank: 17 } }, /fusion\.options\.lora\.rank\n.*at most the width 16/],
  ])('refuses %o', (options, message) => {
    expect(() => variant(options)).toThrowError(message);
  });
});

describe('the start of an MM Block', () => {
  const mark = { kind: 'constant', value: 0.25 } as const;
  const marked = ({ norm, parameters, ...rest }: FeedForward): FeedForward => {
    const start = (leaf: Leaf): Leaf => ({ ...leaf, start: mark });
    return { ...rest, norm: mapLeaves(norm ?? {}, start), parameters: mapLeaves(parameters, start) } as FeedForward;
  };

  it('has a gate of its own where a list says so; entries beyond the last block are not used', () => {
    const leaves = flattenLeaves(variant({ gate: [-1, 2, 7] }).parameters);
    expect([0, 1].map((block) => leaves.get(`blocks/${block}/attentionGate`)?.start)).toEqual([
      { kind: 'constant', value: -1 },
      { kind: 'constant', value: 2 },
    ]);
  });

  it('copies weights as published, or with biases and norm all that the language model has', () => {
    const model = tinyLanguageModel();
    // Starts that can be told from fresh ones.
    const languageModel = { ...model, feedForward: (index: number) => marked(model.feedForward(index)) };
    const started = (feedForwardStart: string) => {
      const leaves = flattenLeaves(variant({ feedForwardStart }, { languageModel }).parameters);
      return ['feedForward/up/weight', 'feedForward/up/bias', 'feedForward/down/bias', 'feedForwardNorm/weight'].map(
        (path) => {
          const leaf = leaves.get(`blocks/0/${path}`);
          return [leaf?.train, JSON.stringify(leaf?.start) === JSON.stringify(mark)];
        },
      );
    };
    expect(started('weights').map(([, copied]) => copied)).toEqual([true, false, false, false]);
    expect(started('whole')).toEqual([true, true, true, true].map((copied) => [true, copied]));
  });

  it.each(['gpt2', 'llama', 'opt', 'gpt_neox'])('copied as a whole it says what that of a %s says', async (family) => {
    const languageModel = await loadLanguageModel(join(goldens, family));
    const last = languageModel.config.layers - 1;
    const options = { feedForwardStart: 'whole', after: [last], gates: 'none', tokens: 0 };
    const { evaluate } = await tryOut(variant(options, { languageModel }), engines.cpu);
    const twice = await logitsOf(languageModel, engines.cpu, last);
    expect(apart(ofRealWords((await evaluate())['heads/languageModel']), twice)).toBeLessThan(1e-4);
    expect(apart(twice, await logitsOf(languageModel, engines.cpu))).toBeGreaterThan(1e-2);
  });

  it('refuses to copy a norm that is none of factors', async () => {
    const { norm: _, ...without } = tinyLanguageModel().feedForward(0);
    const languageModel = { ...tinyLanguageModel(), feedForward: () => without as never };
    expect(() => variant({ feedForwardStart: 'whole' }, { languageModel })).toThrowError(
      /fusion\.options\.feedForwardStart\n.*"weights" with a language model \(tiny\)/,
    );
  });
});

describe('what is random in training', () => {
  const pass = (training: boolean) => ({
    training,
    epoch: tf.scalar(0, 'int32'),
    random: createRandom(3, tf.scalar(0, 'int32')),
  });

  it('SeqAug within what is real leaves padding where it is, and mixes a sample’s own frames only', () => {
    const x = tf.reshape(tf.range(1, 1 + 2 * 6 * 30), [2, 6, 30]);
    const mask = tf.tensor2d([1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0], [2, 6], 'bool');
    const columns = (tensor: tf.Tensor, sample: number, from: number, count: number): number[][] => {
      const rows = tf.slice(tensor, [sample, from, 0], [1, count, 30]);
      return (tf.transpose(tf.reshape(rows, [count, 30])).arraySync() as number[][]).map((column) => column.sort());
    };
    const moved = seqAug(x, { batches: 1, features: 0.5, within: mask }, pass(true));
    expect(moved.dataSync()).not.toEqual(x.dataSync());
    for (const [sample, real] of [
      [0, 3],
      [1, 5],
    ] as const) {
      expect(columns(moved, sample, 0, real)).toEqual(columns(x, sample, 0, real));
      expect(tf.slice(moved, [sample, real, 0], [1, -1, -1]).dataSync()).toEqual(
        tf.slice(x, [sample, real, 0], [1, -1, -1]).dataSync(),
      );
    }
    // The published one lets what is padded into the real frames.
    const anywhere = seqAug(x, { batches: 1, features: 0.5 }, pass(true));
    expect(columns(anywhere, 0, 0, 3)).not.toEqual(columns(x, 0, 0, 3));
  });

  it('noise is normal, of the deviation asked for, and absent in evaluation', () => {
    const x = tf.zeros([4, 50, 50]);
    const { mean, variance } = tf.moments(addNoise(x, 0.2, pass(true)));
    // Four standard errors of 10,000 draws: of the mean, and of the variance (relative sqrt(2 / 10000)).
    expect(Math.abs(mean.dataSync()[0] as number)).toBeLessThan(4 * 0.002);
    expect(Math.abs((variance.dataSync()[0] as number) / 0.04 - 1)).toBeLessThan(4 * 0.0142);
    expect(addNoise(x, 0.2, pass(false))).toBe(x);
  });

  it('noise and SeqAug of words leave nothing to be memoised', () => {
    expect(variant({ embeddingNoise: 0.1 }).prefixDepths).toEqual([]);
    expect(variant({ seqAug: { textBatches: 0.3 } }).prefixDepths).toEqual([]);
    expect(variant({}).prefixDepths).toEqual([0, 1, 2]);
  });

  it('the frozen language model’s own dropout can be left out', async () => {
    const seen: boolean[] = [];
    const model = tinyLanguageModel();
    const languageModel: LanguageModel = {
      ...model,
      block(params, index, hidden, frame, before) {
        seen.push(frame.pass.training);
        return model.block(params, index, hidden, frame, before);
      },
    };
    for (const languageModelDropout of [true, false]) {
      seen.length = 0;
      await gradientsOf('task', variant({ languageModelDropout }, { languageModel }), engines.cpu);
      expect(new Set(seen)).toEqual(new Set([languageModelDropout]));
    }
  });
});

describe('what the paper leaves open', () => {
  it('a batch of one sample is normalised by the running statistics, and leaves them as they are', () => {
    const shape = { width: 2, streamWidth: 2, headWidth: 3, outputs: 1 };
    const leaves = headLeaves(shape, { fusion: false, streams: false, text: false });
    const filled = mapLeaves(leaves, (leaf) => leaf);
    const tensors = Object.fromEntries(
      [...flattenLeaves(filled)].map(([path, { shape: each }]) => [path, tf.fill([...each], 0.5)]),
    );
    const { parameters, state } = nestTensors(leaves, tensors);
    const readings = {
      fusion: tf.ones([1, 4, 2]),
      lastWord: tf.tensor2d([1, 2], [1, 2]),
      streams: tf.tensor2d([3, 4], [1, 2]),
    };
    const read = (training: boolean) =>
      readOut(parameters, state, readings, {
        training,
        epoch: tf.scalar(0, 'int32'),
        random: createRandom(1, tf.scalar(0, 'int32')),
      });
    expect(read(true).prediction.dataSync()).toEqual(read(false).prediction.dataSync());
    expect(read(true).state.norm.variance.dataSync()).toEqual(Float32Array.of(0.5, 0.5, 0.5));
  });

  it('the BOS that a tokenizer wants stands first and is read, and no next-token loss asks for it', async () => {
    const folder = checkpointFolder('stories260k', (path) => path);
    const tokenizer = await loadTokenizer(folder, 512);
    // llama2.c's tokenizer begins every text with <s>, which is 1.
    const tokens = [...tokenizer.encode('Once upon a time'), tokenizer.padToken, tokenizer.padToken];
    expect(tokens.slice(0, -2)).toEqual([1, 403, 407, 261, 378]);
    const task = { values: tf.zeros([1, 1]), known: tf.ones([1], 'bool') };
    const mask = tf.tensor2d([1, 1, 1, 1, 1, 0, 0], [1, 7], 'bool');
    const text = { tokens: tf.tensor2d(tokens, [1, 7], 'int32'), mask, present: tf.ones([1], 'bool') };
    // Each slot is sure of what follows it: BOS follows none.
    const following = tf.oneHot(tf.tensor1d([...tokens.slice(1), 0], 'int32'), 512);
    const languageModel = tf.mul(tf.reshape(tf.cast(following, 'float32'), [1, 7, 512]), 100);
    const losses = deepmlfLosses(
      { prediction: tf.zeros([1, 1]), heads: { languageModel } },
      { rows: tf.range(0, 1, 1, 'int32'), text, streams: {}, labels: { task } },
      { kind: 'regression', range: [-3, 3] },
      { fusion: 0, streams: 0, text: 0, languageModel: 1, consistency: 0 },
    );
    expect(losses.languageModel?.value.dataSync()[0]).toBeLessThan(1e-6);
  });
});
