/** What every strategy relies on: what lies under a mask never matters, and a sample that lacks the stream gives zeros. */
import type { HostTensors, TensorMap } from '@interfuse/core';
import { cpu } from '@interfuse/engine-tfjs';
import { createRandom, flattenLeaves, nestTensors } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { templateNamePlugin } from './plugin.js';

const logger = { debug() {}, info() {}, warn() {} };
const stream = { name: 'audio', width: 3, maximumLength: 4 };
const encoder = (await templateNamePlugin.load())({ width: 5, dropout: 0.1 }, { stream, logger });

/** Three samples of four frames, two of them real; the third lacks the stream. Whatever is not real holds `under`. */
async function encode(under: number): Promise<HostTensors> {
  const engine = await (await cpu.load())({}, { logger });
  const store = engine.createStore();
  const tree = { parameters: encoder.parameters, state: encoder.state };
  await store.allocate(flattenLeaves(tree), 1);
  const run = (variables: TensorMap, { values, mask, present }: TensorMap) => {
    const { parameters, state } = nestTensors(tree, variables);
    const input = { values, mask, present } as { values: tf.Tensor; mask: tf.Tensor; present: tf.Tensor };
    const pass = { training: false, epoch: tf.scalar(0, 'int32'), random: createRandom(1, tf.scalar(0, 'int32')) };
    const { encoded } = encoder.encode(parameters, state, input, pass);
    return { updates: {}, outputs: { values: encoded.values, mask: encoded.mask } };
  };
  const isReal = (i: number) => i < 24 && i % 12 < 6;
  try {
    return await engine.compile({ name: 'encode', run }, store).run({
      values: {
        shape: [3, 4, 3],
        type: 'float32',
        data: Float32Array.from({ length: 36 }, (_, i) => (isReal(i) ? Math.sin(i) : under)),
      },
      mask: { shape: [3, 4], type: 'bool', data: Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0) },
      present: { shape: [3], type: 'bool', data: Uint8Array.of(1, 1, 0) },
    });
  } finally {
    await engine.dispose();
  }
}

it('what lies under a mask never matters', async () => {
  expect(await encode(1000)).toEqual(await encode(0));
});

it('has the width that it declares, real steps that differ from zero, and zeros where nothing is real', async () => {
  const { values, mask } = await encode(0);
  expect(values?.shape).toEqual([3, 4, encoder.width]);
  const steps = Array.from(mask?.data ?? [], (_, i) => values?.data.slice(i * encoder.width, (i + 1) * encoder.width));
  expect(Array.from(mask?.data ?? [])).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]);
  for (const [i, step] of steps.entries()) expect(step?.some((value) => value !== 0)).toBe(mask?.data[i] === 1);
});
