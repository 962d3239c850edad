/** The engine `tensorflow` on a stand-in for its package: what is tested is ours, not libtensorflow. */
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Engine, HostTensors, Step } from '@interfuse/core';
import {
  createRandom,
  drawKey,
  embed,
  flattenLeaves,
  hashString,
  linear,
  linearLeaves,
  mix32,
  nestTensors,
  normal,
  uniformAt,
  valueAndGradients,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, createEngineOn } from '../engine.js';
import { beside, working } from './stand-in.test-support.js';
import { tensorflowPreset } from './tensorflow.js';

let from: string;
let engine: Engine;
beforeAll(async () => {
  const native = { engine: 'tensorflow', name: '@tensorflow/tfjs-node' } as const;
  from = await beside(native.name, { code: working(false) });
  engine = await createEngineOn(tensorflowPreset(native, { from, node: '20.19.0' }));
});
afterAll(async () => {
  await engine.dispose();
  await rm(dirname(from), { recursive: true });
});

const tree = { table: { weight: normal([5, 3], 1) }, output: linearLeaves(3, 1) };

/** One step of gradient descent with dropout; the gradient of the table is a sum by index. */
const descend: Step = {
  name: 'descend',
  run(variables, inputs) {
    const random = createRandom(7, inputs.step as tf.Tensor);
    const { value, gradients } = valueAndGradients((params) => {
      const { table, output } = nestTensors(tree, params);
      const hidden = embed(table, inputs.ids as tf.Tensor);
      const kept = tf.mul(hidden, tf.cast(tf.less(random.uniform(hidden.shape), 0.8), 'float32'));
      return { value: tf.mean(tf.square(tf.sub(linear(output, kept), 1))), rest: {} };
    }, variables);
    const updates = Object.fromEntries(
      Object.entries(variables).map(([path, values]) => [
        path,
        tf.sub(values, tf.mul(gradients[path] as tf.Tensor, 0.1)),
      ]),
    );
    return { updates, outputs: { loss: value } };
  },
};

async function train(trained: Engine): Promise<HostTensors> {
  const store = trained.createStore();
  await store.allocate(flattenLeaves(tree), 1);
  const program = trained.compile(descend, store);
  for (let step = 0; step < 5; step += 1) {
    await program.run({
      step: { shape: [], type: 'int32', data: Int32Array.of(step) },
      ids: { shape: [4], type: 'int32', data: Int32Array.of(0, 3, 3, 4) },
    });
  }
  return store.read(store.paths);
}

describe('the engine tensorflow', () => {
  it('says what it runs on', async () => {
    expect(await engine.describe()).toEqual({
      backend: 'tensorflow',
      tensorflowjs: '4.22.0',
      package: '@tensorflow/tfjs-node 4.22.0',
      libtensorflow: '2.9.1',
      gpu: false,
    });
    expect(engine.id).toBe('tensorflow');
  });

  it('draws the numbers of the reference, bit for bit', async () => {
    const program = engine.compile(
      {
        name: 'draw',
        run: (_, { step }) => ({ updates: {}, outputs: { u: createRandom(3, step as tf.Tensor).uniform([10, 10]) } }),
      },
      engine.createStore(),
    );
    const { u } = await program.run({ step: { shape: [], type: 'int32', data: Int32Array.of(123_456) } });
    const constant = drawKey(mix32(mix32(3) ^ 0x5bd1e995), 123_456, mix32(hashString('') + 1));
    expect([...(u?.data ?? [])]).toEqual(Array.from({ length: 100 }, (_, index) => uniformAt(constant, index)));
  });

  it('counts an axis from the end', async () => {
    const program = engine.compile(
      {
        name: 'running',
        run: (_, { x }) => ({ updates: {}, outputs: { sum: tf.cumsum(x as tf.Tensor, -1) } }),
      },
      engine.createStore(),
    );
    const { sum } = await program.run({ x: { shape: [2, 2], type: 'float32', data: Float32Array.of(1, 2, 3, 4) } });
    expect([...(sum?.data ?? [])]).toEqual([1, 3, 3, 7]);
  });

  it('trains as cpu does, in turn with it', async () => {
    const cpu = await createEngine('cpu');
    const [values, expected] = [await train(engine), await train(cpu)];
    expect(Object.keys(values)).toEqual(['table/weight', 'output/weight', 'output/bias']);
    for (const [path, { data }] of Object.entries(values)) {
      data.forEach((value, index) => {
        expect(Math.abs(value - (expected[path]?.data[index] as number))).toBeLessThan(1e-6);
      });
    }
    await cpu.dispose();
  });

  it('has the process to itself: tensorflow-gpu would be the same backend', async () => {
    await expect(createEngine('tensorflow-gpu')).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      place: 'engine tensorflow-gpu',
      got: 'the second: @tensorflow/tfjs-node is loaded',
    });
  });
});
