import { join } from 'node:path';
import type { Engine, HostTensors, LanguageModel, Pass, Tensors } from '@interfuse/core';
import { plugins as engines } from '@interfuse/engine-tfjs';
import { causalFrame, createRandom, flattenLeaves, nestTensors, valueAndGradients } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointFolder } from './checkpoint-folder.js';
import { families, goldens } from './families.test-support.js';
import { greedyDecode } from './generate.js';
import { loadLanguageModel } from './load.js';
import { loadTokenizer } from './tokenizer.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };

let engine: Engine;
beforeAll(async () => {
  const wasm = engines.find(({ id }) => id === 'wasm');
  engine = (await (await wasm?.load())?.({} as never, { logger: quiet })) as Engine;
});
afterAll(() => engine.dispose());

type Params = Tensors<LanguageModel['parameters']>;
type Texts = { tokens: number[][]; mask?: number[][] };

/** Runs a function of the model's parameters and a batch of texts as a step. */
async function run(
  model: LanguageModel,
  texts: Texts,
  compute: (
    params: Params,
    text: { tokens: tf.Tensor; mask: tf.Tensor; present: tf.Tensor },
    pass: Pass,
  ) => tf.TensorContainerObject,
  { training = false, step = 0 } = {},
): Promise<Record<string, number[]>> {
  const store = engine.createStore();
  await store.allocate(flattenLeaves({ model: model.parameters }), 0);
  const shape = [texts.tokens.length, texts.tokens[0]?.length ?? 0];
  const mask = texts.mask ?? texts.tokens.map((row) => row.map(() => 1));
  const program = engine.compile(
    {
      name: 'test',
      run(variables, inputs) {
        const { model: params } = nestTensors({ model: model.parameters }, variables);
        const { tokens, mask, step } = inputs as Record<'tokens' | 'mask' | 'step', tf.Tensor>;
        const pass = { training, epoch: tf.scalar(0, 'int32'), random: createRandom(1, step) };
        const outputs = compute(params as Params, { tokens, mask, present: tf.any(mask, 1) }, pass);
        return { updates: {}, outputs: outputs as Record<string, tf.Tensor> };
      },
    },
    store,
  );
  const outputs: HostTensors = await program.run({
    tokens: { shape, type: 'int32', data: Int32Array.from(texts.tokens.flat()) },
    mask: { shape, type: 'bool', data: Uint8Array.from(mask.flat()) },
    step: { shape: [], type: 'int32', data: Int32Array.of(step) },
  });
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data)]));
}

const close = (actual: number[] | undefined, expected: number[] | undefined): void => {
  expect(actual?.length).toBe(expected?.length);
  actual?.forEach((value, i) => {
    expect(value).toBeCloseTo(expected?.[i] as number, 5);
  });
};

describe.each(families)('%s', async (family) => {
  const model = await loadLanguageModel(join(goldens, family));
  const { layers, width } = model.config;

  it('never lets a token read what follows it', async () => {
    const states = (last: number): Promise<Record<string, number[]>> =>
      run(model, { tokens: [[5, 6, 7, last]] }, (params, text, pass) => ({
        early: tf.slice(model.prefix(params, text, layers, pass), [0, 0, 0], [1, 3, width]),
      }));
    expect(await states(8)).toEqual(await states(90));
  });

  it('gives a text the same states however long the text is that follows it', async () => {
    const text = Array.from({ length: 14 }, (_, i) => (7 * i + 3) % 97);
    const statesOf = (length: number): Promise<Record<string, number[]>> =>
      run(model, { tokens: [text.slice(0, length)] }, (params, { tokens, mask, present }, pass) => ({
        early: tf.slice(model.prefix(params, { tokens, mask, present }, layers, pass), [0, 0, 0], [1, 8, width]),
      }));
    const short = await statesOf(8);
    close((await statesOf(9)).early, short.early);
    close((await statesOf(14)).early, short.early);
  });

  it('gives real tokens the same states whatever the padding holds', async () => {
    const states = (tokens: number[], mask: number[]): Promise<Record<string, number[]>> =>
      run(model, { tokens: [tokens], mask: [mask] }, (params, text, pass) => ({
        real: tf.slice(model.prefix(params, text, layers, pass), [0, 0, 0], [1, 3, width]),
      }));
    const short = await states([5, 6, 7], [1, 1, 1]);
    close((await states([5, 6, 7, 0, 0], [1, 1, 1, 0, 0])).real, short.real);
    close((await states([5, 6, 7, 42, 96], [1, 1, 1, 0, 0])).real, short.real);
    // Beyond the windows of those that have one.
    const padding = [42, 96, 1, 2, 3, 4, 5, 6];
    close((await states([5, 6, 7, ...padding], [1, 1, 1, ...padding.map(() => 0)])).real, short.real);
  });

  it('walks the same way block by block as in its prefix, and answers from a memoised prefix of that depth only', async () => {
    const { walked, prefix, memoised, deeper } = await run(model, { tokens: [[1, 2, 3]] }, (params, text, pass) => {
      const frame = causalFrame(text.mask, pass);
      let hidden = model.begin(params, model.embed(params, text.tokens), frame);
      for (const index of [0, 1]) hidden = model.block(params, index, hidden, frame).hidden;
      const remembered = { ...text, prefix: { 1: tf.ones([1, 3, width]) } };
      return {
        walked: hidden,
        prefix: model.prefix(params, text, 2, pass),
        memoised: model.prefix(params, remembered, 1, pass),
        deeper: model.prefix(params, remembered, 2, pass),
      };
    });
    expect(prefix).toEqual(walked);
    expect(deeper).toEqual(walked);
    expect(memoised).toEqual(new Array(3 * width).fill(1));
  });

  it('gives slots that follow others the states and the attention of the whole sequence', async () => {
    const tokens = [
      [5, 6, 7, 8, 9],
      [3, 1, 4, 1, 5],
    ];
    const mask = [
      [1, 1, 1, 1, 1],
      [1, 1, 0, 1, 1],
    ];
    const { whole, wholeAttention, split, splitAttention } = await run(
      model,
      { tokens, mask },
      (params, text, pass) => {
        const frame = causalFrame(text.mask, pass);
        const begun = model.begin(params, model.embed(params, text.tokens), frame);
        const whole = model.block(params, 1, begun, frame);
        const [before, own] = tf.split(begun, [3, 2], 1) as [tf.Tensor, tf.Tensor];
        const [earlier, positions] = tf.split(frame.positions, [3, 2]) as [tf.Tensor, tf.Tensor];
        const allowed = tf.slice(frame.allowed, [0, 3, 0], [-1, 2, 5]);
        const split = model.block(params, 1, own, { positions, allowed, pass }, { hidden: before, positions: earlier });
        return {
          whole: tf.slice(whole.hidden, [0, 3, 0], [-1, 2, width]),
          wholeAttention: tf.slice(whole.probabilities, [0, 0, 3, 0], [-1, -1, 2, 5]),
          split: split.hidden,
          splitAttention: split.probabilities,
        };
      },
    );
    close(split, whole);
    close(splitAttention, wholeAttention);
  });

  it('returns attention that reads what the frame allows, and sums to one', async () => {
    const { probabilities = [] } = await run(model, { tokens: [[1, 2]] }, (params, text, pass) => {
      const hidden = model.embed(params, text.tokens);
      return { probabilities: model.block(params, 0, hidden, causalFrame(text.mask, pass)).probabilities };
    });
    expect(probabilities).toHaveLength(model.config.heads * 4);
    for (let head = 0; head < model.config.heads; head += 1) {
      const [own, next, past, self] = probabilities.slice(4 * head) as [number, number, number, number];
      expect([own, next]).toEqual([1, 0]);
      expect(past + self).toBeCloseTo(1, 6);
    }
  });

  it('hands out the leaves of its feed-forwards, and names the blocks it has where one is asked for that it has not', () => {
    const { parameters } = model.feedForward(1);
    expect(flattenLeaves(model.parameters).get('blocks/1/feedForward/down/weight')).toBe(parameters.down.weight);
    expect(() => model.feedForward(3)).toThrow(/PLUGIN_REQUIREMENT[\s\S]*0 to 2[\s\S]*block 3/);
  });

  it('refuses more slots than it has positions', async () => {
    const { contextLength } = model.config;
    const long = run(model, { tokens: [new Array(contextLength + 1).fill(1)] }, (params, text, pass) => ({
      hidden: model.prefix(params, text, 1, pass),
    }));
    await expect(long).rejects.toMatchObject({ code: 'TEXT_TOO_LONG', expected: `at most ${contextLength} slots` });
  });

  it('gives nearly the same logits in 8 bits', async () => {
    const logitsOf = async (precision: 'stored' | 'int8'): Promise<number[]> => {
      const held = await loadLanguageModel(join(goldens, family), { precision });
      const { logits = [] } = await run(held, { tokens: [[3, 1, 4, 1, 5]] }, (params, text, pass) => ({
        logits: held.logits(params, held.norm(params, held.prefix(params, text, layers, pass))),
      }));
      return logits;
    };
    const [stored, reduced] = [await logitsOf('stored'), await logitsOf('int8')];
    const furthest = Math.max(...stored.map((value, i) => Math.abs(value - (reduced[i] as number))));
    expect(furthest).toBeGreaterThan(0);
    expect(furthest).toBeLessThan(0.05 * Math.max(...stored.map(Math.abs)));
  });

  it('can be trained throughout: every weight has a gradient', async () => {
    const norms = await run(model, { tokens: [[3, 1, 4, 1, 5]] }, (params, text, pass) => {
      const { gradients } = valueAndGradients(
        (tensors) => {
          const nested = nestTensors({ model: model.parameters }, tensors).model;
          const hidden = model.norm(nested, model.prefix(nested, text, layers, pass));
          return { value: tf.sum(tf.square(model.logits(nested, hidden))), rest: {} };
        },
        Object.fromEntries(
          [...flattenLeaves({ model: model.parameters }).keys()].map((path) => [path, leafAt(params, path)]),
        ),
      );
      return Object.fromEntries(Object.entries(gradients).map(([path, gradient]) => [path, tf.max(tf.abs(gradient))]));
    });
    const dead = Object.entries(norms).filter(([, [norm]]) => !Number.isFinite(norm) || norm === 0);
    expect(dead).toEqual([]);
  });
});

/** The tensor at `model/blocks/0/...` of the tree of the model. */
function leafAt(params: Params, path: string): tf.Tensor {
  const names = path.split('/').slice(1);
  return names.reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], params) as tf.Tensor;
}

describe('dropout of the backbone', () => {
  const last = (model: LanguageModel, settings: { training: boolean; step?: number }) =>
    run(
      model,
      { tokens: [[5, 6, 7]] },
      (params, text, pass) => ({ hidden: model.prefix(params, text, 3, pass) }),
      settings,
    );

  it('is active while GPT-2 trains, anew in every step and the same when a step is repeated', async () => {
    const model = await loadLanguageModel(join(goldens, 'gpt2'));
    const first = await last(model, { training: true, step: 0 });
    expect(first).not.toEqual(await last(model, { training: false }));
    expect(first).not.toEqual(await last(model, { training: true, step: 1 }));
    expect(first).toEqual(await last(model, { training: true, step: 0 }));
  });

  it('is absent from Llama, whose config asks for none', async () => {
    const model = await loadLanguageModel(join(goldens, 'llama'));
    expect(await last(model, { training: true })).toEqual(await last(model, { training: false }));
  });
});

describe('stories260k', () => {
  it('tells the story that it is known for', async () => {
    const folder = checkpointFolder('stories260k', (path) => path);
    const model = await loadLanguageModel(folder);
    const tokenizer = await loadTokenizer(folder, model.config.vocabulary);
    const story = tokenizer.decode(await greedyDecode(model, engine, tokenizer.encode(''), 38));
    // The sentence that llama2.c gives for this checkpoint at temperature 0.
    expect(story).toMatch(
      /^Once upon a time, there was a little girl named Lily\. She loved to play outside in the park/,
    );
  });
});
