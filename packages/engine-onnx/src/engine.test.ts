import type { HostTensors, Step, TensorMap } from '@interfuse/core';
import {
  createRandom,
  drawKey,
  embed,
  flattenLeaves,
  gelu,
  hashString,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  lstm,
  lstmLeaves,
  mix32,
  nestTensors,
  normal,
  uniformAt,
  valueAndGradients,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { createOnnxEngine } from './engine.js';

const tree = {
  table: { weight: normal([7, 4], 1) },
  linear: linearLeaves(4, 8),
  norm: layerNormLeaves(8),
  lstm: lstmLeaves(8, 3),
  output: linearLeaves(3, 1),
};

/** One step of gradient descent on a small recurrent model. */
const descend: Step = {
  name: 'descend',
  run(variables, inputs) {
    const { value, gradients } = valueAndGradients((params) => {
      const { table, linear: first, norm, lstm: recurrent, output } = nestTensors(tree, params);
      const hidden = layerNorm(norm, gelu(linear(first, embed(table, inputs.ids as tf.Tensor))));
      const prediction = linear(output, lstm(recurrent, hidden, inputs.mask as tf.Tensor).last);
      return { value: tf.mean(tf.square(tf.sub(prediction, inputs.target as tf.Tensor))), rest: {} };
    }, variables);
    const updates: TensorMap = Object.fromEntries(
      Object.entries(variables).map(([path, values]) => [
        path,
        tf.sub(values, tf.mul(gradients[path] as tf.Tensor, 0.1)),
      ]),
    );
    return { updates, outputs: { loss: value } };
  },
};

const inputs: HostTensors = {
  ids: { shape: [2, 3], type: 'int32', data: Int32Array.of(1, 2, 3, 4, 5, 6) },
  mask: { shape: [2, 3], type: 'bool', data: Uint8Array.of(1, 1, 1, 1, 1, 0) },
  target: { shape: [2, 1], type: 'float32', data: Float32Array.of(1, -1) },
};

const engine = createOnnxEngine({ threads: 1 });
afterEach(() => engine.dispose());

const first = (values: HostTensors, path: string): number => values[path]?.data[0] as number;

describe('the compiled engine', () => {
  it('trains a recurrent model', async () => {
    const store = engine.createStore();
    await store.allocate(flattenLeaves(tree), 1);
    const program = engine.compile(descend, store);
    const start = first(await program.run(inputs), 'loss');
    let end = start;
    for (let step = 0; step < 60; step += 1) end = first(await program.run(inputs), 'loss');
    expect(end).toBeLessThan(0.01 * start);
  });

  it('keeps the old values until every reader has had them, however the runtime orders the nodes', async () => {
    const store = engine.createStore();
    await store.allocate(
      new Map([
        ['a', normal([64], 1)],
        ['b', normal([64], 1)],
      ]),
      1,
    );
    const before = await store.read(['a', 'b']);
    // Both read both: neither may be written over before the other is made.
    const swap: Step = {
      name: 'swap',
      run: ({ a, b }) => ({
        updates: { a: tf.add(b as tf.Tensor, tf.mul(a as tf.Tensor, 0.5)), b: tf.sub(a as tf.Tensor, b as tf.Tensor) },
        outputs: {},
      }),
    };
    await engine.compile(swap, store).run({});
    const after = await store.read(['a', 'b']);
    const values = (tensors: HostTensors, path: string): number[] => Array.from(tensors[path]?.data ?? []);
    values(before, 'a').forEach((a, i) => {
      const b = values(before, 'b')[i] as number;
      expect(values(after, 'a')[i]).toBeCloseTo(b + 0.5 * a, 5);
      expect(values(after, 'b')[i]).toBeCloseTo(a - b, 5);
    });
  });

  it('draws the numbers of the reference, bit for bit, step by step', async () => {
    const draw: Step = {
      name: 'draw',
      run: (_, { step }) => ({ updates: {}, outputs: { u: createRandom(3, step as tf.Tensor).uniform([1000]) } }),
    };
    const program = engine.compile(draw, engine.createStore());
    for (const step of [0, 7, 123_456]) {
      const { u } = await program.run({ step: { shape: [], type: 'int32', data: Int32Array.of(step) } });
      const constant = drawKey(mix32(mix32(3) ^ 0x5bd1e995), step, mix32(hashString('') + 1));
      expect(Array.from(u?.data ?? [])).toEqual(Array.from({ length: 1000 }, (_, i) => uniformAt(constant, i)));
    }
  });

  it('compiles once per signature, and serves every length', async () => {
    let traces = 0;
    const total: Step = {
      name: 'total',
      run: (_, { x }) => {
        traces += 1;
        return { updates: {}, outputs: { sum: tf.sum(x as tf.Tensor) } };
      },
    };
    const program = engine.compile(total, engine.createStore());
    for (const length of [3, 5, 3, 5, 3]) {
      const x = { shape: [length], type: 'float32' as const, data: new Float32Array(length).fill(1) };
      expect(first(await program.run({ x }), 'sum')).toBe(length);
    }
    expect(traces).toBe(2);
  });

  it('refuses an update with another shape than the variable has', async () => {
    const store = engine.createStore();
    await store.allocate(new Map([['w', normal([2, 3], 1)]]), 1);
    const wrong: Step = { name: 'wrong', run: ({ w }) => ({ updates: { w: tf.sum(w as tf.Tensor, 0) }, outputs: {} }) };
    await expect(engine.compile(wrong, store).run({})).rejects.toMatchObject({
      code: 'ENGINE_STEP',
      expected: 'float32 [2, 3]',
      got: 'float32 [3]',
    });
  });
});
