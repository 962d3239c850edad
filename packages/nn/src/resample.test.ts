import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { resample } from './resample.js';

const golden = JSON.parse(readFileSync(new URL('../../../test/goldens/deepmlf-modules.json', import.meta.url), 'utf8'));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] as number))));
  expect(worst).toBeLessThan(1e-5);
}

describe('resampling', () => {
  const frames = (values: number[], real = values.length) => ({
    values: tf.tensor3d(values, [1, values.length, 1]),
    mask: tf.tensor2d(
      values.map((_, i) => (i < real ? 1 : 0)),
      [1, values.length],
      'bool',
    ),
  });
  const steps = (values: number[], real: number, count: number, align: 'local' | 'strided') => {
    const result = resample(frames(values, real), count, align);
    return { values: Array.from(result.values.dataSync()), mask: Array.from(result.mask.dataSync()) };
  };

  it('strided averages frames that lie T apart, and repeats the last', () => {
    // Seven frames to three steps: 1 4 7, 2 5 7, 3 6 7.
    expectClose(steps([1, 2, 3, 4, 5, 6, 7], 7, 3, 'strided').values, [4, 14 / 3, 16 / 3]);
  });

  it('strided is the alignment of the reference program', () => {
    const audio = tf.tensor3d(golden.av_encoder.audio);
    const result = resample({ values: audio, mask: tf.ones([2, 7], 'bool') }, 4, 'strided');
    expectClose(Array.from(result.values.dataSync()), golden.av_encoder.aligned_audio.flat(2));
  });

  it('local averages equal spans of the real frames only', () => {
    expectClose(steps([1, 2, 3, 4, 5, 6], 6, 3, 'local').values, [1.5, 3.5, 5.5]);
    expectClose(steps([1, 2, 3, 4, 9, 9], 4, 2, 'local').values, [1.5, 3.5]);
  });

  it('local keeps the frames of a sample that is shorter than T, and masks the rest', () => {
    const { values, mask } = steps([1, 2, 9, 9, 9], 2, 4, 'local');
    expectClose(values, [1, 2, 0, 0]);
    expect(mask).toEqual([1, 1, 0, 0]);
  });

  it('local uses every real frame exactly once, whatever the lengths', () => {
    for (let real = 1; real <= 60; real += 1) {
      const { values, mask } = steps(
        Array.from({ length: 60 }, (_, i) => i),
        real,
        7,
        'local',
      );
      const filled = Math.min(real, 7);
      expect(mask.reduce((sum, step) => sum + step, 0)).toBe(filled);
      expect(values.slice(0, filled)).toEqual([...values.slice(0, filled)].sort((a, b) => a - b));
    }
  });
});
