import type { Batch, Pass } from '@interfuse/core';
import { createRandom, type LabelMemories, type LabelMemory } from '@interfuse/nn';
import { tinyClassification, tinyHost } from '@interfuse/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { generatedLabels } from './generated-labels.js';
import { selfMm } from './plugin.js';

beforeAll(() => tf.setBackend('cpu'));

const labels = [2, -1, 1];
const guesses = [1, -2, 3];
const host = { ...tinyHost(selfMm), samples: { train: 4 } };
const column = (values: readonly number[]): tf.Tensor => tf.tensor2d([...values], [values.length, 1]);
const flags = (values: readonly number[]): tf.Tensor => tf.tensor1d([...values], 'bool');

function batchOf(audio: readonly number[] = [1, 1, 1], known: readonly number[] = [1, 1, 1]): Batch {
  const mask = tf.ones([3, 1], 'bool');
  return {
    rows: tf.tensor1d([3, 0, 2], 'int32'),
    streams: { audio: { values: tf.zeros([3, 1, 1]), mask, present: flags(audio) } },
    labels: { task: { values: column(labels), known: flags(known) } },
  };
}

/** Remembered: nothing, or these labels of the samples at positions 0 to 3. */
function memoriesOf(own?: readonly number[]): LabelMemories {
  const memory = (values: readonly number[], seen: number): LabelMemory => ({
    features: tf.zeros([4, 2]),
    labels: column(values),
    seen: tf.fill([4, 1], seen),
  });
  return { joint: memory([-1, 0, 1, 2], 1), single: { audio: memory(own ?? [0, 0, 0, 0], own ? 1 : 0) } };
}

const lossOf = (memories: LabelMemories, batch: Batch): number => {
  const { losses } = generatedLabels(['audio'], { joint: 2, audio: 2 }, null, host);
  return losses(memories, { audio: column(guesses) }, batch).audio?.value.dataSync()[0] as number;
};

describe('the loss of a modality', () => {
  it('is zero for as long as its labels are those of the whole', () => {
    expect(lossOf(memoriesOf(), batchOf())).toBe(0);
    expect(lossOf(memoriesOf([-1, 0, 1, 2]), batchOf())).toBe(0);
  });

  it('weighs the error towards its label by the tanh of how far that is from the label of the whole', () => {
    // By position: rows 3, 0 and 2 have the labels 2, -1 and 1 of the whole and 0.5, 0 and 1 of their own.
    const own = [0, 9, 1, 0.5];
    const expected = (Math.tanh(1.5) * Math.abs(1 - 0.5) + Math.tanh(1) * Math.abs(-2 - 0) + 0) / 3;
    expect(lossOf(memoriesOf(own), batchOf())).toBeCloseTo(expected, 5);
    const two = (Math.tanh(1.5) * 0.5 + 0) / 2;
    expect(lossOf(memoriesOf(own), batchOf([1, 0, 1]))).toBeCloseTo(two, 5);
    expect(lossOf(memoriesOf(own), batchOf([1, 1, 1], [1, 0, 1]))).toBeCloseTo(two, 5);
  });
});

describe('labels', () => {
  const output = (audio: number[][], joint: number[][]) => ({
    prediction: column(guesses),
    features: { audio: tf.tensor2d(audio), joint: tf.tensor2d(joint) },
  });
  const pass = (epoch: number): Pass => ({
    training: true,
    epoch: tf.scalar(epoch, 'int32'),
    random: createRandom(1, tf.scalar(0, 'int32')),
  });
  const { follow } = generatedLabels(['audio'], { joint: 2, audio: 2 }, 3, host);
  const own = (memories: LabelMemories): number[] => [...(memories.single.audio as LabelMemory).labels.dataSync()];
  const far = output(
    [
      [1, 0],
      [-1, 0],
      [0.2, 0],
    ],
    [
      [0.5, 0.5],
      [-2, 1],
      [1, 0.3],
    ],
  );

  it('are those of the whole in the first epoch and depart from them in the second', () => {
    const first = follow(memoriesOf(), far, batchOf(), pass(0));
    expect(own(first)).toEqual([-1, 0, 1, 2]);
    const second = own(follow(first, far, batchOf(), pass(1)));
    expect(Math.abs((second[3] as number) - 2)).toBeGreaterThan(1e-3);
    expect(Math.max(...second.map(Math.abs))).toBeLessThanOrEqual(3);
  });

  it('of a sample that lacks the modality stay as they were', () => {
    const first = follow(memoriesOf(), far, batchOf(), pass(0));
    const second = own(follow(first, far, batchOf([1, 0, 1]), pass(1)));
    expect(second[0]).toBe(-1);
    expect(second[3]).not.toBe(2);
  });
});

it('a task without a sign, and a host that does not count its samples, are errors', () => {
  const make = (changes: object) => () =>
    generatedLabels(['audio'], { joint: 2, audio: 2 }, null, { ...host, ...changes });
  expect(make({ task: tinyClassification })).toThrowError(/PLUGIN_REQUIREMENT[\s\S]*classification/);
  expect(make({ task: { kind: 'regression', range: [0, 3] } })).toThrowError(/PLUGIN_REQUIREMENT[\s\S]*\[0, 3\]/);
  expect(make({ samples: undefined })).toThrowError(/PLUGIN_REQUIREMENT[\s\S]*samples\.train/);
});
