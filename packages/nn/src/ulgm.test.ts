import type { Pass } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  classCentres,
  followLabels,
  generatedLabels,
  generateLabels,
  type LabelMemories,
  type LabelMemory,
  labelMemoryLeaves,
  recallLabels,
  relativeDistance,
  remember,
  unimodalWeights,
} from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const empty = (samples: number, width: number): LabelMemory => {
  const { features, labels, seen } = labelMemoryLeaves(samples, width);
  return {
    features: tf.zeros([...features.shape]),
    labels: tf.zeros([...labels.shape]),
    seen: tf.zeros([...seen.shape]),
  };
};
const column = (values: readonly number[]): tf.Tensor => tf.tensor2d([...values], [values.length, 1]);
const rowsOf = (rows: readonly number[]): tf.Tensor => tf.tensor1d([...rows], 'int32');
const all = (count: number): tf.Tensor => tf.ones([count], 'bool');
const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
const inEpoch = (epoch: number): Pass => ({ training: true, epoch: tf.scalar(epoch, 'int32') }) as Pass;

function expectClose(actual: tf.Tensor, expected: readonly number[], digits = 5): void {
  expect(actual.size).toBe(expected.length);
  numbers(actual).forEach((value, i) => {
    expect(value, `entry ${i} of ${numbers(actual)}`).toBeCloseTo(expected[i] as number, digits);
  });
}

describe('a memory of the training samples', () => {
  it('has of each sample what was last known, and of the others nothing', () => {
    const first = remember(empty(4, 2), rowsOf([3, 1]), {
      features: tf.tensor2d([1, 2, 3, 4], [2, 2]),
      labels: column([5, 6]),
      known: all(2),
    });
    expect(numbers(first.features)).toEqual([0, 0, 3, 4, 0, 0, 1, 2]);
    expect(numbers(recallLabels(first, rowsOf([0, 1, 3]), column([7, 8, 9])))).toEqual([7, 6, 5]);

    const second = remember(first, rowsOf([1, 2]), {
      features: tf.tensor2d([9, 9, 9, 9], [2, 2]),
      labels: column([9, 9]),
      known: tf.tensor1d([1, 0], 'bool'),
    });
    expect(numbers(second.features)).toEqual([0, 0, 9, 9, 0, 0, 1, 2]);
    expect(numbers(second.labels)).toEqual([0, 9, 0, 5]);
    expect(numbers(second.seen)).toEqual([0, 1, 0, 1]);
  });

  it('has its class centres in the means of positive and of negative labels; a label of zero counts for neither', () => {
    const memory = remember(empty(6, 2), rowsOf([0, 1, 2, 3, 4]), {
      features: tf.tensor2d([1, 2, 3, 6, -1, 0, -5, -2, 100, 100], [5, 2]),
      labels: column([0.5, 3, -1, -0.2, 0]),
      known: all(5),
    });
    const { positive, negative } = classCentres(memory);
    expect(numbers(positive.features)).toEqual([2, 4]);
    expect(numbers(negative.features)).toEqual([-3, -1]);
    expect([positive.count, negative.count].flatMap(numbers)).toEqual([2, 2]);
  });
});

describe('the rules of ULGM', () => {
  it('measure how much nearer a sample is to the positive centre', () => {
    // |f - c+| = 5 and |f - c-| = 4: (4 - 5) / 5; on a centre the quotient is large, not infinite.
    const features = tf.tensor2d([3, 4, 0, 0], [2, 2]);
    const delta = relativeDistance(features, tf.tensor2d([[0, 0]]), tf.tensor2d([[3, 0]]));
    expectClose(tf.slice(delta, [0, 0], [1, 1]), [-0.2]);
    expect(numbers(delta)[1]).toBeCloseTo(3e8, -3);
  });

  it('scale and shift the label of the whole, half each, within the bound', () => {
    // alpha = -0.5: (-0.5 * 2 + 2 - 0.2 - 0.4) / 2; alpha = 4: (12 + 3 + 3) / 2 is cut off, and so is its opposite.
    const labels = generatedLabels(column([2, 3, -3]), column([-0.2, 4, 4]), column([0.4, 1, 1]), 3);
    expectClose(labels, [0.2, 3, -3]);
  });

  it('follow generated labels as a mean over epochs in which epoch E weighs E', () => {
    const generated = [1, -2, 0.5, 3, -1];
    let label = column([100]);
    generated.forEach((value, i) => {
      label = followLabels(label, column([value]), tf.scalar(i + 1));
    });
    const weighted = generated.reduce((sum, value, i) => sum + (i + 1) * value, 0);
    expectClose(label, [weighted / (1 + 2 + 3 + 4 + 5)]);
    expectClose(followLabels(column([2]), column([-1]), tf.scalar(3)), [0.5 * 2 - 0.5]);
  });

  it('weigh a sample by how far its label is from that of the whole', () => {
    expectClose(unimodalWeights(column([1, 2, -1]), column([1, 1, 1])), [0, Math.tanh(1), Math.tanh(2)]);
  });
});

/** The algorithm of the authors in plain numbers: labels start as those of the whole, centres are kept and made anew after every batch. */
function plainGeneration(
  labels: readonly number[],
  widths: { joint: number; own: number },
  patience: number,
  bound: number,
) {
  type Plain = { features: number[][]; labels: number[]; positive: number[]; negative: number[] };
  const start = (width: number): Plain => ({
    features: labels.map(() => new Array<number>(width).fill(0)),
    labels: [...labels],
    positive: new Array<number>(width).fill(0),
    negative: new Array<number>(width).fill(0),
  });
  const joint = start(widths.joint);
  const own = start(widths.own);
  const distance = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - (b[i] as number)));
  const place = (feature: number[], { positive, negative }: Plain) =>
    (distance(feature, negative) - distance(feature, positive)) / (distance(feature, positive) + 1e-8);
  const mean = ({ features }: Plain, rows: number[]) =>
    (features[0] as number[]).map(
      (_, i) => rows.reduce((sum, row) => sum + (features[row]?.[i] as number), 0) / rows.length,
    );
  const centre = (memory: Plain): void => {
    const rows = memory.labels.map((_, row) => row);
    memory.positive = mean(
      memory,
      rows.filter((row) => (memory.labels[row] as number) > 0),
    );
    memory.negative = mean(
      memory,
      rows.filter((row) => (memory.labels[row] as number) < 0),
    );
  };
  return {
    joint,
    own,
    batch(epochs: number, rows: number[], features: { joint: number[][]; own: number[][] }): void {
      rows.forEach((row, i) => {
        if (epochs <= patience) return;
        const y = labels[row] as number;
        const whole = place(features.joint[i] as number[], joint);
        const single = place(features.own[i] as number[], own);
        const fresh = (0.5 * single * y) / (whole + 1e-8) + 0.5 * (y + single - whole);
        const cut = Math.min(Math.max(fresh, -bound), bound);
        own.labels[row] = ((epochs - 1) / (epochs + 1)) * (own.labels[row] as number) + (2 / (epochs + 1)) * cut;
      });
      rows.forEach((row, i) => {
        joint.features[row] = features.joint[i] as number[];
        own.features[row] = features.own[i] as number[];
      });
      centre(joint);
      centre(own);
    },
  };
}

describe('labels that are generated', () => {
  const labels = [2, -1.5, 0, 0.4, -3, 1.2, -0.6, 2.8];
  const widths = { joint: 3, own: 2 };
  const settings = { patience: 2, bound: 3 };
  const batches = [
    [5, 0, 3],
    [1, 7, 2],
    [6, 4],
  ];
  /** Features that follow the label and drift from epoch to epoch. */
  const featuresAt = (epoch: number, row: number, width: number): number[] =>
    Array.from(
      { length: width },
      (_, i) => (labels[row] as number) * 0.3 + Math.sin(7 * row + 3 * i + 1.3 * epoch + width),
    );

  const start = (): LabelMemories => ({ joint: empty(8, widths.joint), single: { sound: empty(8, widths.own) } });
  function step(
    memories: LabelMemories,
    epoch: number,
    rows: readonly number[],
    wrong: readonly number[] = [],
  ): LabelMemories {
    const known = tf.tensor1d(
      rows.map((row) => Number(!wrong.includes(row))),
      'bool',
    );
    const features = (width: number) =>
      tf.tensor2d(
        rows.map((row) => featuresAt(epoch, row, width)),
        [rows.length, width],
      );
    const joint = { features: features(widths.joint), labels: column(rows.map((row) => labels[row] as number)), known };
    const single = { sound: { features: features(widths.own), known } };
    return generateLabels(memories, { rows: rowsOf(rows), joint, single }, settings, inEpoch(epoch));
  }

  it('are those of the authors’ algorithm, batch by batch, over six epochs', () => {
    const plain = plainGeneration(labels, widths, settings.patience, settings.bound);
    let memories = start();
    for (let epoch = 0; epoch < 6; epoch += 1) {
      for (const rows of batches) {
        memories = step(memories, epoch, rows);
        const features = (width: number) => rows.map((row) => featuresAt(epoch, row, width));
        plain.batch(epoch + 1, rows, { joint: features(widths.joint), own: features(widths.own) });
      }
      const { joint, single } = memories;
      expectClose(single.sound?.labels as tf.Tensor, plain.own.labels, 4);
      expectClose(joint.labels, labels, 6);
      expectClose(joint.features, plain.joint.features.flat(), 5);
      expectClose(classCentres(joint).positive.features, plain.joint.positive, 5);
      expectClose(classCentres(single.sound as LabelMemory).negative.features, plain.own.negative, 4);
      const moved = numbers(single.sound?.labels as tf.Tensor).some(
        (label, i) => Math.abs(label - (labels[i] as number)) > 0.1,
      );
      expect(moved, `after epoch ${epoch + 1}`).toBe(epoch + 1 > settings.patience);
    }
    expect(Math.max(...numbers(memories.single.sound?.labels as tf.Tensor).map(Math.abs))).toBeLessThanOrEqual(3);
  });

  it('stay those of the whole while a class has no sample, and are never NaN', () => {
    let memories = start();
    // 5, 0 and 3 are positive.
    for (let epoch = 0; epoch < 5; epoch += 1) memories = step(memories, epoch, [5, 0, 3]);
    expectClose(
      recallLabels(memories.single.sound as LabelMemory, rowsOf([0, 3, 5]), column([9, 9, 9])),
      [2, 0.4, 1.2],
    );
  });

  it('take no notice of samples whose label is not known', () => {
    const learn = (wrong: readonly number[], rows: readonly number[][]): LabelMemories => {
      let memories = start();
      for (let epoch = 0; epoch < 5; epoch += 1)
        for (const batch of rows) memories = step(memories, epoch, batch, wrong);
      return memories;
    };
    const without = learn(
      [],
      [
        [5, 0],
        [1, 7],
        [6, 4],
      ],
    );
    const unknown = learn([2, 3], batches);
    expect(numbers(unknown.single.sound?.labels as tf.Tensor)).toEqual(
      numbers(without.single.sound?.labels as tf.Tensor),
    );
    expect(numbers(unknown.joint.seen)).toEqual([1, 1, 0, 0, 1, 1, 1, 1]);
  });
});
