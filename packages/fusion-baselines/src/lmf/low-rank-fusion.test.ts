import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { tensorFusion } from '../tfn/tensor-fusion.js';
import { lowRankFusion } from './low-rank-fusion.js';

beforeAll(() => tf.setBackend('cpu'));

const vectors = {
  text: tf.tensor2d([
    [0.5, -2],
    [1, 3],
  ]),
  audio: tf.tensor2d([[4], [-1]]),
};

it('with a term for every entry of the fusion tensor it is any linear map of the tensor', () => {
  // [z_text ; 1] has 3 entries and [z_audio ; 1] has 2: 6 products, so that rank 6 is enough for any map to 2 outputs.
  const map = [
    [0.3, -1, 2, 0.5, 0, 1.5],
    [-0.7, 0.2, 1, 0, 4, -3],
  ];
  const bias = [0.25, -1];
  const [texts, audios, outputs, rank] = [3, 2, 2, 6];
  // Term r takes entry (i, j): the factor of the text picks i, that of the audio picks j and has the weights of the map.
  const factors = {
    text: tf.buffer([rank, texts, outputs]),
    audio: tf.buffer([rank, audios, outputs]),
  };
  for (let r = 0; r < rank; r += 1) {
    const [i, j] = [Math.floor(r / audios), r % audios];
    for (let output = 0; output < outputs; output += 1) {
      factors.text.set(1, r, i, output);
      factors.audio.set(map[output]?.[r] as number, r, j, output);
    }
  }
  const fused = lowRankFusion(
    {
      factors: { text: factors.text.toTensor(), audio: factors.audio.toTensor() },
      weights: tf.ones([1, rank]),
      bias: tf.tensor2d([bias]),
    },
    vectors,
  );
  const direct = tf.add(
    tf.matMul(tensorFusion(Object.values(vectors)) as tf.Tensor2D, tf.tensor2d(map), false, true),
    bias,
  );
  const [actual, expected] = [[...fused.dataSync()], [...direct.dataSync()]];
  expect(fused.shape).toEqual([2, 2]);
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, 4);
  });
});

it('is the weighted sum over ranks of products over modalities', () => {
  const factors = {
    text: tf.tensor3d([
      [[1], [2], [3]],
      [[0], [1], [0]],
    ]),
    audio: tf.tensor3d([
      [[2], [1]],
      [[1], [-1]],
    ]),
  };
  const fused = lowRankFusion({ factors, weights: tf.tensor2d([[0.5, 2]]), bias: tf.tensor2d([[10]]) }, vectors);
  // First sample: (0.5 - 4 + 3)(8 + 1) = -4.5 and (-2)(4 - 1) = -6; second: (1 + 6 + 3)(-2 + 1) = -10 and 3 (-1 - 1) = -6.
  expect([...fused.dataSync()]).toEqual([0.5 * -4.5 + 2 * -6 + 10, 0.5 * -10 + 2 * -6 + 10]);
});
