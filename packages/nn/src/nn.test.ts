import { isLeaf, type Pass } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attend,
  batchNorm,
  causalMask,
  countParameters,
  createRandom,
  crossEntropy,
  drawKey,
  dropout,
  flattenLeaves,
  flattenTensors,
  gelu,
  geluTanh,
  initialValues,
  lastReal,
  layerNorm,
  linear,
  linearLeaves,
  lstm,
  lstmLeaves,
  maskedMean,
  mix32,
  nestTensors,
  normal,
  permutation,
  rmsNorm,
  uniformAt,
  valueAndGradients,
  zeroMasked,
  zeros,
} from './index.js';
import { type CounterUniformAttributes, counterUniformKernel } from './random.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  // The reference of the kernel itself; engines bring their own.
  tf.registerKernel({
    kernelName: counterUniformKernel,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { shape, key, stream } = attrs as unknown as CounterUniformAttributes;
      const step = (backend as { readSync(id: object): Int32Array }).readSync((inputs.step as tf.TensorInfo).dataId)[0];
      const draw = drawKey(key, step as number, stream);
      const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => uniformAt(draw, i));
      return tf.engine().makeTensor(values, shape, 'float32');
    },
  });
});

const pass = (step = 0, training = true): Pass => ({
  training,
  epoch: tf.scalar(0, 'int32'),
  random: createRandom(1, tf.scalar(step, 'int32')),
});

const close = (actual: tf.Tensor, expected: readonly number[], digits = 5): void => {
  const values = Array.from(actual.dataSync());
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, digits);
  });
};

describe('trees', () => {
  const tree = { a: zeros([2]), blocks: [{ w: normal([2, 3], 1) }, { w: zeros([1], { train: false }) }] };

  it('name every leaf by its path, and count without allocating', () => {
    expect([...flattenLeaves(tree).keys()]).toEqual(['a', 'blocks/0/w', 'blocks/1/w']);
    expect(countParameters(tree)).toEqual({ total: 9, trainable: 8 });
    expect(isLeaf(tree.a)).toBe(true);
    expect(isLeaf(tree.blocks)).toBe(false);
  });

  it('nest what they flatten', () => {
    const flat = { a: tf.zeros([2]), 'blocks/0/w': tf.zeros([2, 3]), 'blocks/1/w': tf.ones([1]) };
    expect(flattenTensors(nestTensors(tree, flat))).toEqual(flat);
    expect(() => nestTensors(tree, { a: flat.a })).toThrowError(/blocks\/0\/w/);
  });
});

describe('random numbers', () => {
  it('have a mean of 1/2, a variance of 1/12 and no serial correlation', () => {
    const n = 200_000;
    const draw = drawKey(mix32(5), 3, 17);
    const u = Float64Array.from({ length: n }, (_, i) => uniformAt(draw, i) - 0.5);
    const mean = u.reduce((sum, x) => sum + x, 0) / n;
    const variance = u.reduce((sum, x) => sum + x * x, 0) / n;
    const serial = u.slice(1).reduce((sum, x, i) => sum + x * (u[i] as number), 0) / n / variance;
    // Four standard errors of each estimate.
    expect(Math.abs(mean)).toBeLessThan((4 * Math.sqrt(1 / 12)) / Math.sqrt(n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan((4 * Math.sqrt(1 / 180)) / Math.sqrt(n));
    expect(Math.abs(serial)).toBeLessThan(4 / Math.sqrt(n));
  });

  it('repeat for the same step, and differ between steps, draws and forks', () => {
    const first = (step: number) => Array.from(createRandom(1, tf.scalar(step, 'int32')).uniform([4]).dataSync());
    expect(first(2)).toEqual(first(2));
    expect(first(2)).not.toEqual(first(3));
    const random = createRandom(1, tf.scalar(2, 'int32'));
    const draws = [
      random.uniform([4]),
      random.uniform([4]),
      random.fork('a').uniform([4]),
      random.fork('b').uniform([4]),
    ];
    expect(new Set(draws.map((draw) => String(draw.dataSync()))).size).toBe(4);
  });

  it('of one fork do not depend on what another fork draws', () => {
    const quiet = createRandom(1, tf.scalar(2, 'int32'));
    const busy = createRandom(1, tf.scalar(2, 'int32'));
    busy.fork('other').uniform([9]);
    busy.uniform([9]);
    expect(quiet.fork('mine').uniform([4]).dataSync()).toEqual(busy.fork('mine').uniform([4]).dataSync());
  });

  it('give permutations', () => {
    const order = Array.from(permutation(createRandom(1, tf.scalar(0, 'int32')), 20).dataSync());
    expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
    expect(order).not.toEqual([...order.keys()]);
  });

  it('start leaves by seed and path, with the deviation that is asked for', () => {
    const leaf = normal([100, 100], 0.02);
    const values = initialValues(leaf, 'w', 1);
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    expect(deviation).toBeGreaterThan(0.0194);
    expect(deviation).toBeLessThan(0.0206);
    expect(initialValues(leaf, 'w', 1)).toEqual(values);
    expect(initialValues(leaf, 'v', 1)).not.toEqual(values);
    expect(initialValues(leaf, 'w', 2)).not.toEqual(values);
  });
});

describe('layers', () => {
  it('linear is x W^T + b', () => {
    const params = { weight: tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), bias: tf.tensor1d([0, 0, 1]) };
    close(linear(params, tf.tensor3d([1, 1, 2, 0], [1, 2, 2])), [3, 7, 12, 2, 6, 11]);
  });

  it('GELU has its published values, exactly and by tanh', () => {
    // torch.nn.functional.gelu of -1, 0.5, 2, approximate none and tanh.
    close(gelu(tf.tensor1d([-1, 0.5, 2])), [-0.158655, 0.345731, 1.9545], 5);
    close(geluTanh(tf.tensor1d([-1, 0.5, 2])), [-0.158808, 0.345714, 1.954598], 5);
  });

  it('norms have unit variance and unit mean square', () => {
    const x = tf.tensor2d([1, 2, 3, 4], [1, 4]);
    const root = Math.sqrt(1.25);
    close(
      layerNorm({ weight: tf.ones([4]), bias: tf.zeros([4]) }, x, 0),
      [-1.5, -0.5, 0.5, 1.5].map((v) => v / root),
    );
    close(
      rmsNorm({ weight: tf.ones([4]) }, x, 0),
      [1, 2, 3, 4].map((v) => v / Math.sqrt(7.5)),
    );
  });

  it('attention returns probabilities that sum to 1, and zeros where nothing may be read', () => {
    const q = tf.randomNormal([2, 1, 3, 4], 0, 1, 'float32', 1);
    const allowed = tf.tensor([1, 1, 0, 1, 0, 0, 0, 0, 0], [1, 1, 3, 3], 'bool');
    const { values, probabilities } = attend(q, q, q, { allowed });
    close(tf.sum(probabilities, -1), [1, 1, 0, 1, 1, 0]);
    close(tf.slice(probabilities, [0, 0, 1, 0], [1, 1, 1, 3]), [1, 0, 0]);
    close(tf.slice(values, [1, 0, 2, 0], [1, 1, 1, 4]), [0, 0, 0, 0]);
  });

  it('a soft cap bends the scores of attention, and leaves small ones nearly as they are', () => {
    const query = tf.tensor4d([2, 0], [1, 1, 1, 2]);
    const key = tf.tensor4d([3, 0, 0, 1], [1, 1, 2, 2]); // scores 6 and 0
    const softCap = 1.5;
    const { probabilities } = attend(query, key, key, { scale: 1, softCap });
    const bent = Math.exp(softCap * Math.tanh(6 / softCap));
    close(probabilities, [bent / (bent + 1), 1 / (bent + 1)]);
    const loose = attend(query, key, key, { scale: 0.01, softCap: 50 }).probabilities;
    close(loose, Array.from(attend(query, key, key, { scale: 0.01 }).probabilities.dataSync()));
  });

  it('a causal mask lets a slot read itself and what is before it', () => {
    expect(Array.from(causalMask(3).dataSync())).toEqual([1, 0, 0, 1, 1, 0, 1, 1, 1]);
  });

  it('batch norm normalises by the batch in training and follows it with its state', () => {
    const x = tf.tensor2d([1, 10, 3, 30], [2, 2]);
    const params = { weight: tf.ones([2]), bias: tf.zeros([2]) };
    const state = { mean: tf.zeros([2]), variance: tf.ones([2]) };
    const result = batchNorm(params, state, x, pass(), { epsilon: 0 });
    close(result.values, [-1, -1, 1, 1]);
    close(result.state.mean, [0.2, 2]);
    close(result.state.variance, [0.9 + 0.1 * 2, 0.9 + 0.1 * 200]);
    close(batchNorm(params, state, x, pass(0, false), { epsilon: 0 }).values, [1, 10, 3, 30]);
  });

  it('dropout keeps the mean, and is the identity outside of training', () => {
    const x = tf.ones([100, 100]);
    const mean = tf.mean(dropout(x, 0.25, pass())).dataSync()[0] as number;
    expect(Math.abs(mean - 1)).toBeLessThan(0.025);
    expect(dropout(x, 0.25, pass(0, false))).toBe(x);
  });

  it('an LSTM does not see padding, in either direction', () => {
    const leaves = lstmLeaves(2, 3);
    const values = Object.fromEntries(
      [...flattenLeaves(leaves)].map(([path, leaf]) => [
        path,
        tf.tensor(initialValues(leaf, path, 1), [...leaf.shape]),
      ]),
    );
    const params = nestTensors(leaves, values);
    const x = tf.randomNormal([1, 3, 2], 0, 1, 'float32', 1);
    const padded = tf.concat([x, tf.fill([1, 2, 2], 99)], 1);
    for (const reverse of [false, true]) {
      const short = lstm(params, x, tf.ones([1, 3], 'bool'), { reverse }).last;
      const long = lstm(params, padded, tf.tensor2d([1, 1, 1, 0, 0], [1, 5], 'bool'), { reverse }).last;
      close(long, Array.from(short.dataSync()));
    }
  });

  it('masked pooling never sees what lies under a mask, not even NaN', () => {
    const x = tf.tensor3d([1, 2, 3, Number.NaN], [2, 2, 1]);
    const mask = tf.tensor2d([1, 1, 1, 0], [2, 2], 'bool');
    close(maskedMean(x, mask), [1.5, 3]);
    close(lastReal(zeroMasked(x, mask), mask), [2, 3]);
    close(lastReal(tf.tensor3d([[[5]], [[6]]]), tf.tensor2d([[1], [0]], [2, 1], 'bool')), [5, 0]);
    close(maskedMean(x, tf.zeros([2, 2], 'bool')), [0, 0]);
  });
});

describe('losses and gradients', () => {
  it('cross-entropy of uniform logits is log C, over the known entries only', () => {
    const logits = tf.tensor2d([0, 0, 0, 9, 9, 99], [2, 3]);
    close(crossEntropy(logits, tf.tensor1d([1, 0], 'int32'), tf.tensor1d([1, 0])), [Math.log(3)]);
  });

  it('gradients are zero for what the value does not depend on, and the rest survives', () => {
    const tensors = { a: tf.scalar(3), b: tf.tensor1d([1, 2]) };
    const { value, gradients, rest } = tf.tidy(
      () =>
        valueAndGradients(
          ({ a }) => ({
            value: tf.square(a as tf.Tensor),
            rest: { twice: tf.mul(a as tf.Tensor, 2), name: 'x', same: a },
          }),
          tensors,
        ) as unknown as {
          value: tf.Tensor;
          gradients: Record<'a' | 'b', tf.Tensor>;
          rest: { twice: tf.Tensor; name: string };
        },
    );
    close(value, [9]);
    close(gradients.a, [6]);
    close(gradients.b, [0, 0]);
    close(rest.twice, [6]);
    expect(rest.name).toBe('x');
    expect(tensors.a.isDisposed).toBe(false);
  });

  it('leave no tensor behind', () => {
    const params = linearLeaves(2, 2);
    const weight = tf.tensor(initialValues(params.weight, 'w', 1), [2, 2]);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      valueAndGradients(
        ({ w }) => {
          const y = linear({ weight: w as tf.Tensor }, tf.ones([3, 2]));
          return { value: tf.mean(tf.square(y)), rest: { y } };
        },
        { w: weight },
      );
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
