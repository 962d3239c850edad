import type { Engine, FusionHost, FusionModule, HostTensors, TensorMap } from '@interfuse/core';
import { compileSchema } from '@interfuse/core/config';
import { cpu } from '@interfuse/engine-tfjs';
import { createRandom, flattenLeaves, nestTensors } from '@interfuse/nn';
import { tinyBatch, tinyHost } from '@interfuse/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDmpf } from './dmpf/module.js';
import { type DmpfOptions, dmpf } from './dmpf/plugin.js';
import { createSerin } from './serin/module.js';
import { type SerinOptions, serin } from './serin/plugin.js';
import { groupFrame } from './shared/reading-masks.js';
import type { ReadingRule } from './shared/reading-rules.js';
import { tokenGroups } from './shared/token-groups.js';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const host = tinyHost(dmpf, { steps: 4 });

let engine: Engine;
beforeAll(async () => {
  engine = await (await cpu.load())({}, { logger });
});
afterAll(() => engine.dispose());

/** As a user would write them, defaults filled in. */
function filled<O>(schema: unknown, options: object): O {
  const all = structuredClone(options);
  expect(compileSchema(schema as { [keyword: string]: unknown })(all, 'fusion.options')).toEqual([]);
  return all as O;
}

const counts = { streamTokens: 2, jointTokens: 3 };
const makeDmpf = (options: object = {}, on: FusionHost = host): FusionModule =>
  createDmpf(filled<DmpfOptions>(dmpf.options, { ...counts, ...options }), on);
const makeSerin = (options: object = {}, on: FusionHost = host): FusionModule =>
  createSerin(filled<SerinOptions>(serin.options, { ...counts, ...options }), on);
const makers = { dmpf: makeDmpf, serin: makeSerin };
const names = ['dmpf', 'serin'] as const;

/** What is changed between two evaluations: variables by their path, to which something is added, or inputs. */
interface Change {
  readonly leaf?: string;
  readonly inputs?: HostTensors;
}

/** The guesses of the tokens of every group, of the last word, and the logits of all words, in evaluation. */
async function createLook(module: FusionModule) {
  const tree = { parameters: module.parameters, state: module.state };
  const store = engine.createStore();
  await store.allocate(flattenLeaves(tree), 5);
  const batch = tinyBatch(host, { size: 2 });
  return async ({ leaf, inputs: changed = {} }: Change = {}) => {
    const program = engine.compile(
      {
        name: 'look',
        run(variables: TensorMap, inputs: TensorMap) {
          const at = leaf === undefined ? undefined : (variables[leaf] as tf.Tensor);
          const moved = at && { [leaf as string]: tf.add(at, tf.cos(tf.reshape(tf.range(0, at.size), at.shape))) };
          const { parameters, state } = nestTensors(tree, { ...variables, ...moved });
          const stream = (name: string) => ({
            values: inputs[`streams/${name}/values`] as tf.Tensor,
            mask: inputs[`streams/${name}/mask`] as tf.Tensor,
            present: inputs[`streams/${name}/present`] as tf.Tensor,
          });
          const text = {
            tokens: inputs['text/tokens'] as tf.Tensor,
            mask: inputs['text/mask'] as tf.Tensor,
            present: inputs['text/present'] as tf.Tensor,
          };
          const random = createRandom(1, tf.scalar(0, 'int32'));
          const { output } = module.forward(
            parameters,
            state,
            {
              rows: inputs.rows as tf.Tensor,
              text,
              streams: { audio: stream('audio'), vision: stream('vision') },
              labels: {},
            },
            { training: false, epoch: tf.scalar(0, 'int32'), random },
          );
          const heads = output.heads as { fusion: tf.Tensor; text: tf.Tensor; languageModel: tf.Tensor };
          const [audio, vision, joint] = tf.split(heads.fusion, [2, 2, 3], 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
          const outputs = { audio, vision, joint, text: heads.text, words: heads.languageModel };
          return { updates: {}, outputs: { ...outputs, prediction: output.prediction } };
        },
      },
      store,
    );
    const outputs = await program.run({ ...batch, ...changed });
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data)]));
  };
}

/** Which of audio, vision, joint, text, words and prediction differ after the change. */
async function changedBy(module: FusionModule, change: Change): Promise<string[]> {
  const look = await createLook(module);
  const [before, after] = [await look(), await look(change)];
  return Object.keys(before).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** The batch with other values in this stream. */
function otherStream(name: string): Change {
  const path = `streams/${name}/values`;
  const { shape, type, data } = tinyBatch(host, { size: 2 })[path] as HostTensors[string];
  return { inputs: { [path]: { shape, type, data: Float32Array.from(data, (value) => -0.7 * value) } } };
}

describe.each(names)('%s', (name) => {
  const make = makers[name];

  it('a token group never reads the stream of another, and words read no stream', async () => {
    expect(await changedBy(make(), otherStream('vision'))).toEqual(['vision', 'joint', 'prediction']);
    expect(await changedBy(make(), otherStream('audio'))).toEqual(['audio', 'joint', 'prediction']);
  });

  it('the joint group never writes back, and neither does its encoder', async () => {
    for (const leaf of ['parameters/tokens/joint', 'parameters/streams/joint/encoders/audio/projection/weight']) {
      expect(await changedBy(make(), { leaf })).toEqual(['joint', 'prediction']);
    }
  });

  it('a group is read by itself and the joint one, and by no word', async () => {
    expect(await changedBy(make(), { leaf: 'parameters/tokens/audio' })).toEqual(['audio', 'joint', 'prediction']);
    expect(await changedBy(make(), { leaf: 'parameters/tokens/vision' })).toEqual(['vision', 'joint', 'prediction']);
  });

  it('without the mask groups read whatever stands before them', async () => {
    const module = make({ mask: 'allcausal' });
    const readers = async (group: string) => changedBy(module, { leaf: `parameters/tokens/${group}` });
    expect(await readers('audio')).toEqual(['audio', 'vision', 'joint', 'prediction']);
    expect(await readers('vision')).toEqual(['vision', 'joint', 'prediction']);
  });

  it('needs two streams, room for all tokens, and steps that can be joined', () => {
    expect({ dmpf, serin }[name].requires.streams).toEqual({ min: 2 });
    expect(() => make({ jointTokens: 60 })).toThrowError(/TEXT_TOO_LONG[\s\S]*jointTokens[\s\S]*70 slots/);
    expect(() => make({ heads: 3 })).toThrowError(/fusion\.options\.heads/);
    expect(() => make({}, tinyHost(dmpf))).toThrowError(/PLUGIN_REQUIREMENT[\s\S]*same number of steps/);
  });
});

describe('the tokens of each stream', () => {
  it('are one number for all, or one by name for each of them and no others', () => {
    const groups = (streamTokens: number | { [stream: string]: number }) =>
      tokenGroups(host, { streamTokens, jointTokens: 5 }).map(({ name, tokens }) => `${name} ${tokens}`);
    expect(groups(3)).toEqual(['audio 3', 'vision 3', 'joint 5']);
    expect(groups({ vision: 2, audio: 1 })).toEqual(['audio 1', 'vision 2', 'joint 5']);
    const wrong = /CONFIG_WRONG_VALUE[\s\S]*fusion\.options\.streamTokens[\s\S]*audio, vision/;
    expect(() => groups({ audio: 1 })).toThrowError(wrong);
    expect(() => groups({ audio: 1, video: 1 })).toThrowError(wrong);
  });

  it('leave the name of the joint group free', () => {
    const encoders = { joint: host.encoders.audio as FusionHost['encoders'][string] };
    expect(() => tokenGroups({ encoders }, { streamTokens: 1, jointTokens: 1 })).toThrowError(/PLUGIN_REQUIREMENT/);
  });
});

describe('what a slot may read', () => {
  // Slots: two words, of which the second is padding, then a token of audio, one of vision, two joint ones.
  const groups = [
    { name: 'audio', tokens: 1 },
    { name: 'vision', tokens: 1 },
    { name: 'joint', tokens: 2 },
  ];
  const words = ['100000', '100000'];

  it.each([
    ['avseesall', ['101000', '100100', '101110', '101111']],
    ['original', ['101000', '100100', '100010', '100011']],
    ['allcausal', ['101000', '101100', '101110', '101111']],
    ['av_attends_only_av_a_v', ['101000', '100100', '001110', '001111']],
  ] satisfies [ReadingRule, string[]][])('under %s is told by its group', (rule, tokens) => {
    const pass = { training: false, epoch: tf.scalar(0, 'int32'), random: createRandom(1, tf.scalar(0, 'int32')) };
    const { allowed, positions } = groupFrame(tf.tensor2d([[1, 0]], [1, 2], 'bool'), groups, rule, pass);
    const rows = (allowed.arraySync() as number[][][])[0]?.map((row) => row.map(Number).join(''));
    expect(rows).toEqual([...words, ...tokens]);
    expect(Array.from(positions.dataSync())).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('parameters', () => {
  /** Trainable ones: by hand, for a language model of width 16 with feed-forwards of 32, and encoders of width 8. */
  const trained = (module: FusionModule): number =>
    [...flattenLeaves(module.parameters)].reduce(
      (sum, [, { shape, train }]) => sum + (train ? shape.reduce((product, size) => product * size, 1) : 0),
      0,
    );
  const weights = (inputs: number, outputs: number): number => inputs * outputs;
  const layer = (inputs: number, outputs: number): number => weights(inputs, outputs) + outputs;
  const norm = (width: number): number => 2 * width;
  // Frames of 5 and 4 features, encoded twice; a norm for each stream; what joins them, and its norm.
  const encoders = 2 * (layer(5, 8) + layer(4, 8)) + 2 * norm(8) + layer(16, 8) + norm(8);
  const tokens = (2 + 2 + 3) * 16;
  const feedForward = layer(16, 32) + layer(32, 16);
  // From each token, from the last word, and from three encoders.
  const guesses = 2 * layer(16, 1) + 3 * layer(8, 1);

  it('of DMPF are those of three cross-attentions with four gates in each block', () => {
    const crossAttention = 2 * weights(16, 16) + 2 * weights(8, 16);
    const block = 4 + 2 * norm(16) + 3 * crossAttention + feedForward;
    const task = layer(16 + 16 + 3 * 8, 64) + norm(64) + layer(64, 1);
    expect(trained(makeDmpf({ depth: 2 }))).toBe(encoders + tokens + 2 * block + task + guesses);
  });

  it('of SeRIn are those of three gated cross-attentions, a gated self-attention and one gate in each block', () => {
    const crossAttention = 2 * weights(16, 16) + 2 * weights(8, 16) + layer(16, 16);
    const among = 4 * weights(16, 16) + layer(16, 16);
    const block = 1 + 3 * norm(16) + 3 * crossAttention + among + feedForward;
    const transformer = 2 * norm(64) + 4 * layer(64, 64) + layer(64, 256) + layer(256, 64);
    const projections = 4 * layer(16, 64) + 3 * layer(8, 64);
    const task = projections + 64 + transformer + norm(64) + layer(64, 1);
    expect(trained(makeSerin({ depth: 2 }))).toBe(encoders + tokens + 2 * block + task + guesses);
  });

  it('of DMPF with a head of attention are those of the head of SeRIn', () => {
    const head = (module: FusionModule): string[] =>
      [...flattenLeaves(module.parameters)].flatMap(([path, { shape }]) =>
        path.startsWith('heads/') ? [`${path} ${shape}`] : [],
      );
    expect(head(makeDmpf({ head: 'attention' }))).toEqual(head(makeSerin()));
    expect(() => makeDmpf({ head: 'attention', headWidth: 6 })).toThrowError(/divisor of the width 6 of the head/);
  });

  it('of the gates of SeRIn are one for a head where that is asked for', () => {
    const perFeature = trained(makeSerin({ depth: 1 }));
    const perHead = trained(makeSerin({ depth: 1, gateShape: 'head' }));
    expect(perFeature - perHead).toBe(4 * (layer(16, 16) - layer(16, 2)));
  });

  it('of the self-attention among tokens follow its width', () => {
    const narrow = trained(makeSerin({ depth: 1, amongWidth: 4 }));
    const saved = 4 * weights(16, 12) + 12 * 17;
    expect(trained(makeSerin({ depth: 1 })) - narrow).toBe(saved);
    expect(() => makeSerin({ amongWidth: 5 })).toThrowError(
      /fusion\.options\.amongWidth[\s\S]*multiple of the 2 heads/,
    );
    expect(() => makeSerin({ head: { heads: 5 } })).toThrowError(/fusion\.options\.head\.heads/);
  });

  it('that the authors of DMPF left frozen are trained: every gate, and the heads of single streams', () => {
    const leaves = flattenLeaves(makeDmpf().parameters);
    const gates = [...leaves].filter(([path]) => path.includes('Gate'));
    expect(gates).toHaveLength(2 * 4);
    const heads = ['audio', 'vision', 'joint'].map((group) => leaves.get(`heads/encoders/${group}/weight`));
    for (const leaf of [...gates.map(([, each]) => each), ...heads]) expect(leaf?.train).toBe(true);
  });

  it('of a head whose loss has no weight do not exist', () => {
    const lossWeights = { streams: 0, text: 0, fusion: 0 };
    const paths = [...flattenLeaves(makeDmpf({ lossWeights }).parameters).keys()];
    const guessing = paths.filter((path) => path.startsWith('heads/') && !path.startsWith('heads/task/'));
    expect(guessing).toEqual(['heads/encoders/joint/weight', 'heads/encoders/joint/bias']);
  });
});

describe('the losses', () => {
  it('are those of DeepMLF, and one for each stream', () => {
    const module = makeDmpf({ lossWeights: { streams: 0.5 } });
    const ones = (shape: number[]) => tf.ones(shape);
    const heads = {
      fusion: ones([2, 7, 1]),
      text: ones([2, 1]),
      streams: ones([2, 1]),
      'streams/audio': ones([2, 1]),
      'streams/vision': tf.zeros([2, 1]),
    };
    const labels = { task: { values: tf.tensor2d([3, 2], [2, 1]), known: tf.ones([2], 'bool') } };
    const batch = { rows: tf.range(0, 2, 1, 'int32'), streams: {}, labels };
    const pass = { training: true, epoch: tf.scalar(0, 'int32'), random: createRandom(1, tf.scalar(0, 'int32')) };
    const terms = module.losses?.({ prediction: ones([2, 1]), heads }, batch, {}, pass) ?? {};
    const shown = Object.entries(terms).map(([name, { value, weight }]) => [name, value.dataSync()[0], weight]);
    // |1 - 3| and |1 - 2| have the mean 1.5; |0 - 3| and |0 - 2| 2.5.
    expect(shown.sort()).toEqual([
      ['fusion', 1.5, 1],
      ['streams', 1.5, 1],
      ['streams/audio', 1.5, 0.5],
      ['streams/vision', 2.5, 0.5],
      ['task', 1.5, 1],
      ['text', 1.5, 1],
    ]);
  });
});
