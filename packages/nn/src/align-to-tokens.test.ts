/** Frames go to the word that sounds while they do. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { alignToTokens } from './align-to-tokens.js';

beforeAll(() => tf.setBackend('cpu'));

const bool = (...values: number[]): tf.Tensor => tf.tensor2d([values], [1, values.length], 'bool');
const yes = tf.tensor1d([1], 'bool');

/** One sample: four frames of one feature, of which the last is padding, and four tokens, of which the last is a pad. */
function align(spans: number[][], { frames = [1, 2, 4, Number.NaN], present = yes } = {}) {
  const stream = {
    values: tf.tensor3d(frames, [1, 4, 1]),
    mask: bool(1, 1, 1, 0),
    present,
    spans: tf.tensor3d([spans]),
  };
  const text = { tokens: tf.zeros([1, 4], 'int32'), mask: bool(1, 1, 1, 0), present: yes };
  const { values, mask } = alignToTokens(stream, text);
  return { values: [...values.dataSync()], mask: [...mask.dataSync()] };
}

const expectClose = (found: number[], wanted: number[]) => {
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(wanted[i] as number, 5);
};

describe('a token', () => {
  it('gets the mean of its frames, each by how long it sounds with the word', () => {
    // Frame 0; half of frame 0 and all of frame 1; frame 2, for what follows it is padding.
    const { values, mask } = align([
      [0, 1],
      [0.5, 2],
      [2, 4],
      [0, 3],
    ]);
    expectClose(values, [1, (0.5 * 1 + 2) / 1.5, 4, 0]);
    expect(mask).toEqual([1, 1, 1, 0]);
  });

  it('gets nothing where its word has no time, or sounds when no frame does', () => {
    const { values, mask } = align([
      [0, 0],
      [3, 9],
      [1, 2],
      [0, 0],
    ]);
    expect(values).toEqual([0, 0, 2, 0]);
    expect(mask).toEqual([0, 0, 1, 0]);
  });

  it('gets nothing of a stream that the sample lacks', () => {
    const { values, mask } = align(new Array(4).fill([0, 3]), { present: tf.tensor1d([0], 'bool') });
    expect([...values, ...mask]).toEqual(new Array(8).fill(0));
  });

  it('needs spans', () => {
    const stream = { values: tf.zeros([1, 4, 1]), mask: bool(1, 1, 1, 0), present: yes };
    const text = { tokens: tf.zeros([1, 4], 'int32'), mask: bool(1, 1, 1, 0), present: yes };
    expect(() => alignToTokens(stream, text)).toThrowError(/PLUGIN_REQUIREMENT[\s\S]*wordTimes/);
  });
});
