/** Counts of steps whose products can be counted by hand. */
import type { HostTensor, Leaf, Step, TensorMap } from '@interfuse/core';
import { linear, linearLeaves, nestTensors, valueAndGradients } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { countFlops } from './count-flops.js';

function input(shape: readonly number[]): HostTensor {
  return { shape, type: 'float32', data: new Float32Array() };
}

/** Of what is made of inputs of these shapes. */
function count(shapes: readonly (readonly number[])[], make: (...tensors: tf.Tensor[]) => tf.Tensor): number {
  const inputs = Object.fromEntries(shapes.map((shape, index) => [String(index), input(shape)]));
  const step: Step = {
    name: 'made',
    run: (_, tensors) => ({ updates: {}, outputs: { made: make(...(Object.values(tensors) as tf.Tensor[])) } }),
  };
  return countFlops(step, new Map(), inputs);
}

const multiply = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.matMul(a, b);

describe('a product of [m, k] and [k, n] takes 2 m k n', () => {
  it.each([
    [[3, 5], [5, 7], false, false],
    [[5, 3], [5, 7], true, false],
    [[3, 5], [7, 5], false, true],
    [[5, 3], [7, 5], true, true],
  ] as const)('%j by %j, transposed: %s, %s', (left, right, transposeA, transposeB) => {
    expect(count([left, right], (a, b) => tf.matMul(a, b, transposeA, transposeB))).toBe(2 * 3 * 5 * 7);
  });

  it('for each matrix of a batch, one factor broadcast or not, and where it is written the other way round', () => {
    expect(
      count(
        [
          [4, 2, 3, 5],
          [4, 2, 5, 7],
        ],
        multiply,
      ),
    ).toBe(8 * 2 * 3 * 5 * 7);
    expect(
      count(
        [
          [4, 2, 3, 5],
          [1, 5, 7],
        ],
        multiply,
      ),
    ).toBe(8 * 2 * 3 * 5 * 7);
    // 2 columns for 30 rows: computed as the transpose.
    expect(
      count(
        [
          [4, 5, 30],
          [4, 5, 2],
        ],
        (a, b) => tf.matMul(a, b, true),
      ),
    ).toBe(4 * 2 * 30 * 5 * 2);
  });

  it('and so does the sum of products that is written as an equation', () => {
    expect(
      count(
        [
          [4, 3, 5],
          [4, 5, 7],
        ],
        (a, b) => tf.einsum('bij,bjk->bik', a, b),
      ),
    ).toBe(4 * 2 * 3 * 5 * 7);
    expect(count([[4, 3, 5]], (a) => tf.einsum('bij->bji', a))).toBe(0);
  });
});

describe('a convolution takes two operations for each weight of each of its outputs', () => {
  const image: [number, number, number, number] = [2, 9, 8, 3];

  it.each([
    { filter: [3, 2, 3, 5], strides: [1, 1], out: [9, 8] },
    { filter: [3, 2, 3, 5], strides: [2, 1], out: [5, 8] },
  ] as const)('$filter, strides $strides', ({ filter, strides, out }) => {
    const convolve = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, [...strides], 'same');
    const forward = 2 * 2 * out[0] * out[1] * (3 * 2 * 3) * 5;
    expect(count([image, filter], convolve)).toBe(forward);
    // By its input and by its filter as many again; what only the value needs is not among what gradients need.
    const gradients = (x: tf.Tensor, w: tf.Tensor) => {
      const [ofX, ofW] = tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.sum(convolve(a, b)))([x, w]);
      return tf.add(tf.sum(ofX as tf.Tensor), tf.sum(ofW as tf.Tensor));
    };
    expect(count([image, filter], gradients)).toBe(2 * forward);
  });

  it('of its own channel alone, where it is depthwise', () => {
    const convolve = (x: tf.Tensor, w: tf.Tensor) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, [1, 1], 'valid');
    const forward = 2 * (2 * 7 * 7) * (3 * 2) * (3 * 4);
    expect(count([image, [3, 2, 3, 4]], convolve)).toBe(forward);
  });
});

describe('of a step are counted', () => {
  const leaves = { first: linearLeaves(6, 10), frozen: linearLeaves(10, 8), last: linearLeaves(8, 1) };
  const [first, frozen, last] = [6 * 10, 10 * 8, 8].map((weights) => 2 * 4 * weights) as [number, number, number];

  function descend(trained: readonly string[]): { step: Step; variables: ReadonlyMap<string, Leaf> } {
    const variables = new Map(
      Object.entries(leaves).flatMap(([name, { weight, bias }]) => [
        [`${name}/weight`, weight] as const,
        [`${name}/bias`, bias] as const,
      ]),
    );
    const step: Step = {
      name: 'descend',
      run(all, { x }) {
        const own = Object.fromEntries(
          Object.entries(all).filter(([path]) => trained.includes(path.split('/')[0] ?? '')),
        );
        const { value, gradients } = valueAndGradients((params) => {
          const net = nestTensors(leaves, { ...all, ...params });
          const hidden = linear(net.frozen, tf.tanh(linear(net.first, x as tf.Tensor)));
          tf.matMul(hidden, hidden, true); // nobody asks for it
          return { value: tf.sum(linear(net.last, tf.tanh(hidden))), rest: {} };
        }, own);
        const updates: TensorMap = Object.fromEntries(
          Object.entries(own).map(([path, values]) => [path, tf.sub(values, gradients[path] as tf.Tensor)]),
        );
        return { updates, outputs: { loss: value } };
      },
    };
    return { step, variables };
  }

  const of = (...trained: string[]) => {
    const { step, variables } = descend(trained);
    return countFlops(step, variables, { x: input([4, 6]) });
  };

  it('two products more than forward for each layer that trains, but for the gradient by the data', () => {
    expect(of('first', 'frozen', 'last')).toBe(3 * (first + frozen + last) - first);
  });

  it('no gradient by a frozen weight, only the way through it to what trains before', () => {
    expect(of('first', 'last')).toBe(2 * first + 2 * frozen + 3 * last);
    expect(of('last')).toBe(first + frozen + 2 * last);
  });
});

it('nothing is counted twice that is computed once', () => {
  expect(
    count(
      [
        [3, 5],
        [5, 7],
      ],
      (a, b) => tf.add(tf.matMul(a, b), tf.matMul(a, b)),
    ),
  ).toBe(2 * 3 * 5 * 7);
});

it('what is none of them takes nothing', () => {
  expect(count([[3, 5]], (x) => tf.sum(tf.softmax(tf.mul(x, x))))).toBe(0);
});

it('a step that reads a value cannot be counted, and the next one can', () => {
  const reads = () =>
    count([[1]], (x) => {
      x.dataSync();
      return x;
    });
  expect(reads).toThrow(expect.objectContaining({ code: 'STEP_READS_VALUE' }));
  expect(
    count(
      [
        [3, 5],
        [5, 7],
      ],
      multiply,
    ),
  ).toBe(2 * 3 * 5 * 7);
});
