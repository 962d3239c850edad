import type { Batch, LossTerm, Output, Pass, Task } from '@interfuse/core';
import { type LabelMemories, labelMemoryLeaves, remember } from '@interfuse/nn';
import { tinyClassification, tinyHost } from '@interfuse/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { labelGeneration } from './label-generation.js';
import { checkConsistency, deepmlfLosses, type LossWeights } from './losses.js';

beforeAll(() => tf.setBackend('cpu'));

const task: Task = { kind: 'regression', range: [-3, 3] };
const weights: LossWeights = { fusion: 0.4, streams: 0.8, text: 0.7, languageModel: 0, consistency: 0 };
const labels = [2, -1, 0.5, 1];
/** The label of the last sample is not known. */
const known = [1, 1, 1, 0];
const guesses = {
  fusion: [
    [1, 3],
    [0, -2],
    [0.5, 1],
    [9, 9],
  ],
  streams: [1, 1, -1, 9],
  text: [2.5, -2, 0, 8],
};

const column = (values: readonly number[]): tf.Tensor => tf.tensor2d([...values], [values.length, 1]);
const flags = (values: readonly number[]): tf.Tensor => tf.tensor1d([...values], 'bool');
const rows = [4, 0, 2, 3];

function batchOf(present: { text?: number[]; audio?: number[]; vision?: number[] } = {}): Batch {
  const { text = [1, 1, 1, 1], audio = [1, 1, 1, 1], vision = [0, 0, 0, 0] } = present;
  const stream = (flagged: number[]) => ({
    values: tf.zeros([4, 1, 1]),
    mask: tf.ones([4, 1], 'bool'),
    present: flags(flagged),
  });
  return {
    rows: tf.tensor1d(rows, 'int32'),
    text: { tokens: tf.zeros([4, 1], 'int32'), mask: tf.ones([4, 1], 'bool'), present: flags(text) },
    streams: { audio: stream(audio), vision: stream(vision) },
    labels: { task: { values: column(labels), known: flags(known) } },
  };
}

const output: Output = {
  prediction: column([1, 1, 1, 1]),
  get heads() {
    return {
      fusion: tf.tensor3d(guesses.fusion.map((tokens) => tokens.map((guess) => [guess]))),
      streams: column(guesses.streams),
      text: column(guesses.text),
    };
  },
};

const scalar = (term: LossTerm | undefined): number => term?.value.dataSync()[0] as number;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('consistency', () => {
  const termsWith = (consistency: number, batch: Batch) =>
    deepmlfLosses(output, batch, task, { ...weights, consistency });

  it('is how far the guesses from streams and text are apart, of every sample that has both', () => {
    const whole = termsWith(0.3, batchOf()).consistency;
    expect(whole?.weight).toBe(0.3);
    expect(scalar(whole)).toBeCloseTo(mean([1.5, 3, 1, 1]), 6);
    const partly = batchOf({ text: [1, 1, 0, 1], audio: [0, 1, 1, 0], vision: [1, 0, 1, 0] });
    expect(scalar(termsWith(0.3, partly).consistency)).toBeCloseTo(mean([1.5, 3]), 6);
  });

  it('is no term unless it has a weight, and then needs both heads', () => {
    expect(termsWith(0, batchOf())).not.toHaveProperty('consistency');
    expect(() => checkConsistency({ ...weights, text: 0 })).not.toThrow();
    for (const head of ['streams', 'text'] as const) {
      expect(() => checkConsistency({ ...weights, consistency: 0.1, [head]: 0 })).toThrowError(
        expect.objectContaining({ code: 'CONFIG_WRONG_VALUE', place: 'fusion.options.lossWeights.consistency' }),
      );
    }
  });
});

describe('generated labels', () => {
  const widths = { task: 2, fusion: 3, streams: 2, text: 3 };
  const patience = 2;
  const host = { ...tinyHost({ requires: {} }), samples: { train: 6 } };
  const generation = (changes: Partial<LossWeights> = {}, { bound = null as number | null, from = host } = {}) =>
    labelGeneration({ patience, bound }, { ...weights, ...changes }, widths, from);
  const inEpoch = (epoch: number): Pass => ({ training: true, epoch: tf.scalar(epoch, 'int32') }) as Pass;

  /** Of the samples in rows 4, 0 and 3; the third of the batch, in row 2, has not been seen. */
  const own = { fusion: [1, -1.5, 2], streams: [3, 0.5, -2], text: [2, -1, -3] };
  function memories(): LabelMemories {
    const memory = (name: keyof typeof widths, remembered: readonly number[]) => {
      const { features, labels: values, seen } = labelMemoryLeaves(6, widths[name]);
      const empty = {
        features: tf.zeros([...features.shape]),
        labels: tf.zeros([...values.shape]),
        seen: tf.zeros([...seen.shape]),
      };
      const fresh = { features: tf.ones([3, widths[name]]), labels: column(remembered), known: flags([1, 1, 1]) };
      return remember(empty, tf.tensor1d([4, 0, 3], 'int32'), fresh);
    };
    const single = Object.entries(own).map(([head, remembered]) => [
      head,
      memory(head as keyof typeof own, remembered),
    ]);
    return { joint: memory('task', [2, -1, 1]), single: Object.fromEntries(single) };
  }

  /** mean over known samples (and tokens) of w |guess - own label|, in plain numbers. */
  function expected(head: keyof typeof own, weigh: (label: number, own: number) => number): number {
    const target = [own[head][0], own[head][1], labels[2]] as number[];
    const errors = target.flatMap((label, sample) =>
      [guesses[head][sample]]
        .flat()
        .map((guess) => weigh(labels[sample] as number, label) * Math.abs((guess as number) - label)),
    );
    return mean(errors);
  }

  function terms(epoch: number) {
    const batch = batchOf();
    return deepmlfLosses(output, batch, task, weights, generation().targets(memories(), batch, inEpoch(epoch)));
  }

  it.each([0, 1, 2])('are learnt with the weights of the heads up to one epoch after patience: epoch %i', (epoch) => {
    const found = terms(epoch);
    for (const head of ['fusion', 'streams', 'text'] as const) {
      expect(scalar(found[head]), head).toBeCloseTo(
        expected(head, () => weights[head]),
        5,
      );
      expect(found[head]?.weight).toBe(1);
    }
    expect(scalar(found.task)).toBeCloseTo(mean([1, 2, 0.5]), 6);
    expect(found.task?.weight).toBe(1);
  });

  it('are then learnt as far as they depart from the label of the whole', () => {
    const found = terms(patience + 1);
    for (const head of ['fusion', 'streams', 'text'] as const) {
      const weigh = (label: number, generated: number) => Math.tanh(Math.abs(generated - label));
      expect(scalar(found[head]), head).toBeCloseTo(expected(head, weigh), 5);
    }
  });

  it('are remembered for the heads that exist, of the samples that have what the head reads', () => {
    const some = generation({ fusion: 0 });
    expect(Object.keys(some.state.single)).toEqual(['streams', 'text']);
    expect(some.state.single.text?.features.shape).toEqual([6, 3]);
    const batch = batchOf({ text: [1, 0, 1, 1], audio: [0, 1, 1, 1], vision: [0, 0, 1, 1] });
    const features = Object.fromEntries(Object.entries(widths).map(([name, width]) => [name, tf.ones([4, width])]));
    const { joint, single } = generation().follow(emptied(memories()), { ...output, features }, batch, inEpoch(0));
    const seen = (memory: typeof joint | undefined) => Array.from(memory?.seen.dataSync() ?? []);
    // Rows 4, 0 and 2: the label of row 3 is not known.
    expect(seen(joint)).toEqual([1, 0, 1, 0, 1, 0]);
    expect(seen(single.fusion)).toEqual([1, 0, 1, 0, 1, 0]);
    expect(seen(single.text)).toEqual([0, 0, 1, 0, 1, 0]);
    expect(seen(single.streams)).toEqual([1, 0, 1, 0, 0, 0]);
  });

  it('lie within the range of the labels, or the bound that is given', () => {
    // One sample of each class. The positive one lies on its centre, where the relative distance has no limit.
    const learnt = (bound: number | null): number => {
      const { follow } = generation({}, { bound });
      const batch = { ...batchOf(), labels: { task: { values: column([2, -1, 0, 0]), known: flags([1, 1, 1, 0]) } } };
      const features = Object.fromEntries(
        Object.entries(widths).map(([name, width]) => [name, tf.reshape(tf.range(0, 4 * width), [4, width])]),
      );
      const once = follow(emptied(memories()), { ...output, features }, batch, inEpoch(0));
      const moved = { ...features, task: tf.add(features.task as tf.Tensor, 0.5) };
      const { single } = follow(once, { ...output, features: moved }, batch, inEpoch(patience));
      return single.text?.labels.dataSync()[rows[0] as number] as number;
    };
    // In the third epoch half of the label before and half of the bound.
    expect(learnt(null)).toBe((2 + 3) / 2);
    expect(learnt(0.5)).toBe((2 + 0.5) / 2);
  });

  it('need a head to learn them, labels with a sign, and the number of samples', () => {
    const { samples: _, ...silent } = host;
    const refused = (make: () => unknown, code: string) =>
      expect(make).toThrowError(expect.objectContaining({ code, place: 'fusion.options.ulgm' }));
    refused(() => generation({ fusion: 0, streams: 0, text: 0 }), 'CONFIG_WRONG_VALUE');
    refused(() => generation({}, { from: { ...host, task: tinyClassification } }), 'PLUGIN_REQUIREMENT');
    refused(
      () => generation({}, { from: { ...host, task: { kind: 'regression', range: [0, 5] } } }),
      'PLUGIN_REQUIREMENT',
    );
    refused(() => labelGeneration({ patience, bound: null }, weights, widths, silent), 'PLUGIN_REQUIREMENT');
  });

  function emptied({ joint, single }: LabelMemories): LabelMemories {
    const zero = (memory: typeof joint) => ({
      features: tf.zerosLike(memory.features),
      labels: tf.zerosLike(memory.labels),
      seen: tf.zerosLike(memory.seen),
    });
    return {
      joint: zero(joint),
      single: Object.fromEntries(Object.entries(single).map(([head, memory]) => [head, zero(memory)])),
    };
  }
});
