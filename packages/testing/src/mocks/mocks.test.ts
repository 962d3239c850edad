import type { HostTensor, LanguageModel, Step } from '@interfuse/core';
import { cpu } from '@interfuse/engine-tfjs';
import { causalFrame, createRandom, flattenLeaves, nestTensors } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { takeSamples } from '../batch-changes.js';
import { difference } from '../compare.js';
import { withEngine } from '../with-engine.js';
import { tinyBatch } from './tiny-batch.js';
import { tinyHost, tinyStreams } from './tiny-host.js';
import { tinyLanguageModel } from './tiny-language-model.js';

const host = tinyHost({ requires: {} });

it('the first samples of a larger batch are those of a smaller one', () => {
  expect(takeSamples(tinyBatch(host, { size: 5 }), [0, 1, 2])).toEqual(tinyBatch(host, { size: 3 }));
});

it('samples are ragged, and zero and unmarked where they are padded', () => {
  const batch = tinyBatch(host, { size: 8 });
  const { data: mask, shape } = batch['streams/audio/mask'] as HostTensor;
  const steps = shape[1] as number;
  const lengths = Array.from({ length: 8 }, (_, i) => mask.slice(i * steps, (i + 1) * steps).lastIndexOf(1) + 1);
  expect(new Set(lengths).size).toBeGreaterThan(2);
  expect(Math.max(...lengths)).toBeLessThan(steps);
  const {
    data: values,
    shape: [, , width],
  } = batch['streams/audio/values'] as HostTensor;
  mask.forEach((real, frame) => {
    const frameValues = [...values.slice(frame * (width as number), (frame + 1) * (width as number))];
    expect(frameValues.every((value) => value === 0)).toBe(real === 0);
  });
});

it('tight padding differs from full padding, and an absent modality has no real step', () => {
  const shapeOf = (batch: ReturnType<typeof tinyBatch>) => batch['text/tokens']?.shape[1] as number;
  expect(shapeOf(tinyBatch(host, { size: 3, padding: 'tight' }))).toBeLessThan(shapeOf(tinyBatch(host, { size: 3 })));
  const absent = tinyBatch(host, { size: 2, absent: (sample) => (sample === 1 ? ['text'] : []) });
  expect([...(absent['text/present'] as HostTensor).data]).toEqual([1, 0]);
});

it('a host offers as many streams as are required, two where nothing is said', () => {
  expect(Object.keys(tinyHost({ requires: {} }).encoders)).toEqual(['audio', 'vision']);
  expect(Object.keys(tinyStreams({ min: 3 }))).toEqual(['audio', 'vision', 'stream-3']);
  expect(Object.keys(tinyStreams({ min: 1, max: 1 }))).toEqual(['audio']);
});

it('the prefix of the tiny language model is its first blocks, and a word never reads a later one', async () => {
  const model = tinyLanguageModel();
  const one = await prefixAndWalk(model, [3, 7, 1, 9], 2);
  expect(difference(one.prefix, one.walked)).toBeLessThan(1e-6);
  const other = await prefixAndWalk(model, [3, 7, 1, 4], 2);
  const untilLast = 3 * model.config.width;
  expect(other.prefix.data.slice(0, untilLast)).toEqual(one.prefix.data.slice(0, untilLast));
  expect(difference(other.prefix, one.prefix)).toBeGreaterThan(0.1);
});

/** The text after the first blocks: as `prefix` gives it, and block by block. */
async function prefixAndWalk(model: LanguageModel, ids: number[], depth: number) {
  const step: Step = {
    name: 'prefix',
    run(variables, inputs) {
      const params = nestTensors(model.parameters, variables);
      const tokens = inputs.tokens as tf.Tensor;
      const mask = tf.ones(tokens.shape, 'bool');
      const pass = { training: false, epoch: tf.scalar(0, 'int32'), random: createRandom(1, tf.scalar(0, 'int32')) };
      const frame = causalFrame(mask, pass);
      let walked = model.begin(params, model.embed(params, tokens), frame);
      for (let index = 0; index < depth; index += 1) walked = model.block(params, index, walked, frame).hidden;
      const prefix = model.prefix(params, { tokens, mask, present: tf.ones([1], 'bool') }, depth, pass);
      return { updates: {}, outputs: { prefix, walked } };
    },
  };
  const outputs = await withEngine(cpu, async (engine) => {
    const store = engine.createStore();
    await store.allocate(flattenLeaves(model.parameters), 1);
    const tokens: HostTensor = { shape: [1, ids.length], type: 'int32', data: Int32Array.from(ids) };
    return engine.compile(step, store).run({ tokens });
  });
  return outputs as { prefix: HostTensor; walked: HostTensor };
}
