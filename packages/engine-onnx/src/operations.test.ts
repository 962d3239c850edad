import { readFileSync } from 'node:fs';
import type { HostTensor } from '@interfuse/core';
import { counterUniformKernel, drawKey, uniformAt, valueAndGradients } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createOnnxEngine } from './engine.js';
import { compiledKernels, registerKernels } from './kernels/register.js';
import { symbolicBackendName } from './symbolic-backend.js';

const engine = createOnnxEngine({ threads: 1 });
afterAll(() => engine.dispose());

/** Kernels that were traced so far. */
const compared = new Set<string>();
registerKernels();
for (const kernel of tf.getKernelsForBackend(symbolicBackendName)) {
  const { kernelName, kernelFunc } = kernel;
  kernel.kernelFunc = (call) => {
    compared.add(kernelName);
    return kernelFunc(call);
  };
}

type Operation = (...tensors: tf.Tensor[]) => tf.Tensor;

interface Case {
  readonly name: string;
  readonly run: Operation;
  readonly shapes: readonly (readonly number[])[];
  /** Values in this range; default -2 to 2. */
  readonly range?: readonly [number, number];
  /** Whether gradients are compared; default true. */
  readonly gradient?: boolean;
  /** What the cpu backend runs instead, where it is wrong about the operation itself. */
  readonly reference?: Operation;
}

/** A smooth scalar of the result, with different weights for all entries, so that no gradient is trivial. */
function scalar(y: tf.Tensor): tf.Tensor {
  const float = tf.cast(y, 'float32');
  const weights = tf.reshape(tf.cos(tf.range(0, float.size)), float.shape);
  return tf.sum(tf.mul(float, weights));
}

function values(shape: readonly number[], [low, high]: readonly [number, number], salt: number): HostTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const data = Float32Array.from(
    { length: size },
    (_, i) => low + (high - low) * (0.5 + 0.5 * Math.sin(12.9898 * (i + 1) + salt)),
  );
  return { shape, type: 'float32', data };
}

async function compare({ run, shapes, range = [-2, 2], gradient = true, reference = run }: Case): Promise<void> {
  const inputs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, values(shape, range, i)]));
  const paths = Object.keys(inputs);
  const step = (operation: Operation, tensors: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> => {
    const call = (given: Readonly<Record<string, tf.Tensor>>): tf.Tensor =>
      operation(...paths.map((path) => given[path] as tf.Tensor));
    if (!gradient) return { y: call(tensors) };
    const { value, gradients, rest } = valueAndGradients((given) => {
      const y = call(given);
      return { value: scalar(y), rest: { y } };
    }, tensors);
    return { value, y: rest.y, ...gradients };
  };
  const actual = await engine
    .compile({ name: 'case', run: (_, given) => ({ updates: {}, outputs: step(run, given) }) }, engine.createStore())
    .run(inputs);
  await tf.setBackend('cpu');
  const expected = tf.tidy(() =>
    step(
      reference,
      Object.fromEntries(
        paths.map((path) => [
          path,
          tf.tensor((inputs[path] as HostTensor).data, [...(inputs[path] as HostTensor).shape]),
        ]),
      ),
    ),
  );
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [path, tensor] of Object.entries(expected)) {
    const got = actual[path] as HostTensor;
    expect(got.shape, path).toEqual(tensor.shape);
    expect(got.type, path).toBe(tensor.dtype);
    const want = tensor.dataSync();
    got.data.forEach((value, i) => {
      const target = want[i] as number;
      expect(Math.abs(value - target), `${path}[${i}]: ${value} instead of ${target}`).toBeLessThanOrEqual(
        1e-5 * Math.max(1, Math.abs(target)),
      );
    });
  }
}

const shapesOfPairs = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [[1], [2, 2]],
  [[], [3]],
  [
    [0, 3],
    [0, 3],
  ],
] as const;

const binary: Record<string, [Operation, range?: [number, number], gradient?: boolean]> = {
  add: [tf.add as Operation],
  sub: [tf.sub as Operation],
  mul: [tf.mul as Operation],
  div: [tf.div as Operation, [0.5, 3]],
  // TensorFlow.js does not sum the gradients of these two over broadcast axes.
  maximum: [tf.maximum as Operation, [-2, 2], false],
  minimum: [tf.minimum as Operation, [-2, 2], false],
  pow: [tf.pow as Operation, [0.2, 2]],
  squaredDifference: [tf.squaredDifference as Operation, [-2, 2], false],
  floorDiv: [tf.floorDiv as Operation, [0.5, 3], false],
  mod: [tf.mod as Operation, [0.5, 3], false],
  greater: [tf.greater as Operation, [-2, 2], false],
  greaterEqual: [tf.greaterEqual as Operation, [-2, 2], false],
  less: [tf.less as Operation, [-2, 2], false],
  lessEqual: [tf.lessEqual as Operation, [-2, 2], false],
  equal: [tf.equal as Operation, [-2, 2], false],
  notEqual: [tf.notEqual as Operation, [-2, 2], false],
};

const positive: [number, number] = [0.2, 3];
const unary: Record<string, [Operation, range?: [number, number]]> = {
  abs: [tf.abs as Operation],
  neg: [tf.neg as Operation],
  exp: [tf.exp as Operation],
  log: [tf.log as Operation, positive],
  sqrt: [tf.sqrt as Operation, positive],
  rsqrt: [tf.rsqrt as Operation, positive],
  square: [tf.square as Operation],
  sigmoid: [tf.sigmoid as Operation],
  tanh: [tf.tanh as Operation],
  erf: [tf.erf as Operation],
  relu: [tf.relu as Operation],
  elu: [tf.elu as Operation],
  selu: [tf.selu as Operation],
  leakyRelu: [(x) => tf.leakyRelu(x)],
  softplus: [tf.softplus as Operation],
  sign: [tf.sign as Operation],
  floor: [tf.floor as Operation],
  ceil: [tf.ceil as Operation],
  round: [tf.round as Operation],
  sin: [tf.sin as Operation],
  cos: [tf.cos as Operation],
  atan: [tf.atan as Operation],
  sinh: [tf.sinh as Operation],
  tan: [tf.tan as Operation, [-1, 1]],
  asin: [tf.asin as Operation, [-0.9, 0.9]],
  acos: [tf.acos as Operation, [-0.9, 0.9]],
  asinh: [tf.asinh as Operation],
  acosh: [tf.acosh as Operation, [1.2, 3]],
  atanh: [tf.atanh as Operation, [-0.9, 0.9]],
  reciprocal: [tf.reciprocal as Operation, positive],
  expm1: [tf.expm1 as Operation],
  log1p: [tf.log1p as Operation, positive],
  clip: [(x) => tf.clipByValue(x, -0.5, 0.5)],
  relu6: [(x) => tf.relu6(tf.mul(x, 4))],
};

const cases: Case[] = [
  ...Object.entries(binary).flatMap(([name, [run, range, gradient]]) =>
    shapesOfPairs.map((shapes) => ({
      name: `${name} ${JSON.stringify(shapes)}`,
      run,
      shapes,
      ...(range && { range }),
      gradient: gradient ?? true,
    })),
  ),
  ...Object.entries(unary).flatMap(([name, [run, range]]) =>
    [[2, 3], [1], []].map((shape) => ({ name: `${name} [${shape}]`, run, shapes: [shape], ...(range && { range }) })),
  ),
  ...[undefined, 0, -1, [0, 2], [1]].flatMap((axis) =>
    [true, false].flatMap((keep) => [
      { name: `sum over ${axis} keep ${keep}`, run: (x: tf.Tensor) => tf.sum(x, axis, keep), shapes: [[2, 3, 4]] },
      { name: `mean over ${axis} keep ${keep}`, run: (x: tf.Tensor) => tf.mean(x, axis, keep), shapes: [[2, 1, 4]] },
      { name: `max over ${axis} keep ${keep}`, run: (x: tf.Tensor) => tf.max(x, axis, keep), shapes: [[2, 3, 4]] },
      { name: `min over ${axis} keep ${keep}`, run: (x: tf.Tensor) => tf.min(x, axis, keep), shapes: [[2, 3, 4]] },
    ]),
  ),
  { name: 'prod', run: (x) => tf.prod(x, 1), shapes: [[2, 3]], gradient: false },
  {
    name: 'all and any',
    run: (x) => tf.logicalXor(tf.all(tf.greater(x, 0), 1), tf.any(tf.greater(x, 0), 1)),
    shapes: [[4, 3]],
    gradient: false,
  },
  { name: 'argmax', run: (x) => tf.argMax(x, -1), shapes: [[2, 3]], gradient: false },
  { name: 'argmin', run: (x) => tf.argMin(x, 0), shapes: [[2, 3]], gradient: false },
  { name: 'softmax', run: (x) => tf.softmax(x), shapes: [[2, 3, 4]] },
  { name: 'log-softmax', run: (x) => tf.logSoftmax(x), shapes: [[2, 5]] },
  { name: 'log-sum-exp', run: (x) => tf.logSumExp(x, 1), shapes: [[2, 5]] },
  ...[
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ].map(([a, b]) => ({
    name: `matrix product, transposed ${a} ${b}`,
    run: (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, a as boolean, b as boolean),
    shapes: [a ? [2, 3, 4] : [2, 4, 3], b ? [2, 5, 3] : [2, 3, 5]],
  })),
  {
    name: 'matrix product with broadcast batch',
    run: (x, y) => tf.matMul(x, y),
    shapes: [
      [1, 2, 3],
      [4, 3, 2],
    ],
    gradient: false,
  },
  { name: 'reshape and transpose', run: (x) => tf.transpose(tf.reshape(x, [3, 2, 2]), [2, 0, 1]), shapes: [[4, 3]] },
  { name: 'expand and squeeze', run: (x) => tf.squeeze(tf.expandDims(x, -1)), shapes: [[2, 3]] },
  { name: 'slice', run: (x) => tf.slice(x, [1, 0], [1, -1]), shapes: [[3, 4]] },
  {
    name: 'strided slice',
    run: (x) => tf.stridedSlice(x, [0, -1], [3, -5], [2, -1]),
    shapes: [[3, 4]],
    gradient: false,
  },
  {
    name: 'concat',
    run: (x, y) => tf.concat([x, y, x], -1),
    shapes: [
      [2, 3],
      [2, 1],
    ],
  },
  {
    name: 'concat with an empty part',
    run: (x, y) => tf.concat([x, y], 0),
    shapes: [
      [0, 3],
      [2, 3],
    ],
  },
  {
    name: 'stack',
    run: (x, y) => tf.stack([x, y], 1),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  {
    name: 'unstack',
    run: (x) => tf.mul(tf.unstack(x, 1)[0] as tf.Tensor, tf.unstack(x, 1)[2] as tf.Tensor),
    shapes: [[2, 3]],
  },
  {
    name: 'split',
    run: (x) => tf.mul(tf.split(x, [1, 2], 1)[1] as tf.Tensor, tf.split(x, [1, 2], 1)[0] as tf.Tensor),
    shapes: [[2, 3]],
  },
  {
    name: 'pad',
    run: (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        3,
      ),
    shapes: [[2, 3]],
  },
  {
    name: 'pad of masks',
    run: (x) =>
      tf.pad(tf.greater(x, 0), [
        [1, 0],
        [0, 2],
      ]),
    shapes: [[2, 3]],
    gradient: false,
  },
  { name: 'tile', run: (x) => tf.tile(x, [2, 3]), shapes: [[2, 3]] },
  { name: 'tile of ones', run: (x) => tf.tile(x, [1, 3]), shapes: [[2, 1]] },
  { name: 'broadcast', run: (x) => tf.broadcastTo(x, [4, 2, 3]), shapes: [[2, 1]] },
  { name: 'reverse', run: (x) => tf.reverse(x, [0, -1]), shapes: [[2, 3]] },
  { name: 'cumulative sum', run: (x) => tf.cumsum(x, 1), shapes: [[2, 4]] },
  { name: 'cumulative sum, exclusive, reversed', run: (x) => tf.cumsum(x, 1, true, true), shapes: [[3, 2]] },
  { name: 'gather', run: (x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32')), shapes: [[3, 2]] },
  {
    name: 'gather along an axis',
    run: (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [1, 0],
            [1, 1],
          ],
          [2, 2],
          'int32',
        ),
        1,
      ),
    shapes: [[3, 2]],
  },
  {
    name: 'gather by batch',
    run: (x) => tf.gather(x, tf.tensor2d([[1], [0]], [2, 1], 'int32'), 1, 1),
    shapes: [[2, 3, 2]],
    gradient: false,
  },
  {
    name: 'gatherND',
    run: (x) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [1, 0],
            [0, 2],
          ],
          [2, 2],
          'int32',
        ),
      ),
    shapes: [[2, 3]],
    gradient: false,
  },
  {
    name: 'scatterND',
    run: (x) => tf.scatterND(tf.tensor2d([[1], [3]], [2, 1], 'int32'), x, [4, 3]),
    shapes: [[2, 3]],
    gradient: false,
  },
  { name: 'segment sum', run: (x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1], 'int32'), 3), shapes: [[3, 2]] },
  {
    name: 'one-hot, out of range included',
    run: (x) => tf.mul(x, tf.oneHot(tf.tensor1d([1, -1, 3], 'int32'), 3)),
    shapes: [[3, 3]],
  },
  { name: 'top-k', run: (x) => tf.topk(x, 2).values, shapes: [[2, 4]], gradient: false },
  { name: 'order by top-k', run: (x) => tf.topk(x, 4).indices, shapes: [[2, 4]], gradient: false },
  {
    name: 'where',
    run: (x, y) => tf.where(tf.greater(tf.tensor2d([1, -1, 1, 1, -1, 1], [2, 3]), 0), x, y),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  {
    name: 'where with a mask that is broadcast',
    run: (x, y) => tf.where(tf.greater(tf.ones([1, 3]), 0), x, y),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  {
    name: 'logic',
    run: (x) => tf.logicalOr(tf.logicalAnd(tf.greater(x, -1), tf.less(x, 1)), tf.logicalNot(tf.greater(x, 0))),
    shapes: [[2, 3]],
    gradient: false,
  },
  {
    name: 'casts',
    run: (x) => tf.add(tf.cast(tf.cast(x, 'int32'), 'float32'), tf.cast(tf.cast(x, 'bool'), 'float32')),
    shapes: [[2, 3]],
    gradient: false,
  },
  {
    name: 'fills',
    run: (x) => tf.add(tf.add(tf.zerosLike(x), tf.onesLike(x)), tf.fill([2, 3], 0.5)),
    shapes: [[2, 3]],
    gradient: false,
  },
  {
    name: 'add many',
    run: (x, y) => tf.addN([x, y, x]),
    shapes: [
      [2, 3],
      [2, 3],
    ],
  },
  {
    name: 'layer normalisation',
    run: (x) => tf.mul(tf.sub(x, tf.mean(x, -1, true)), tf.rsqrt(tf.add(tf.moments(x, -1, true).variance, 1e-5))),
    shapes: [[3, 8]],
  },
  {
    name: 'finite',
    run: (x) => tf.logicalAnd(tf.isFinite(tf.log(x)), tf.logicalNot(tf.isNaN(tf.sqrt(x)))),
    shapes: [[2, 3]],
    gradient: false,
  },
];

type Paddings = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
const around: tf.backend_util.ExplicitPadding = [
  [0, 0],
  [1, 0],
  [0, 1],
  [0, 0],
];
const paddings: readonly Paddings[] = ['same', 'valid', 1, around];

const convolutionCases: Case[] = [
  ...paddings.flatMap((pad) =>
    [1, 2, [2, 3], [3, 1]].flatMap((strides) => {
      const name = `strides ${strides}, padding ${JSON.stringify(pad)}`;
      const given = strides as number | [number, number];
      return [
        {
          name: `convolution, ${name}`,
          run: (x: tf.Tensor, f: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, given, pad),
          shapes: [
            [2, 7, 6, 3],
            [3, 2, 3, 4],
          ],
        },
        {
          name: `depthwise convolution, ${name}`,
          run: (x: tf.Tensor, f: tf.Tensor) =>
            tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, given, pad as 'same'),
          shapes: [
            [2, 7, 6, 3],
            [3, 2, 3, 2],
          ],
        },
      ];
    }),
  ),
  ...(['same', 'valid'] as const).flatMap((pad) =>
    [1, 2, [1, 3]].flatMap((dilations) =>
      [false, true].map((depthwise) => ({
        name: `convolution, dilations ${dilations}, padding ${pad}, depthwise ${depthwise}`,
        run: (x: tf.Tensor, f: tf.Tensor) =>
          (depthwise ? tf.depthwiseConv2d : tf.conv2d)(
            x as tf.Tensor4D,
            f as tf.Tensor4D,
            1,
            pad,
            'NHWC',
            dilations as number | [number, number],
          ),
        shapes: [
          [1, 6, 8, 2],
          [2, 3, 2, 2],
        ],
        // TensorFlow.js has no gradient of dilated convolutions.
        gradient: dilations === 1,
      })),
    ),
  ),
  ...(['same', 'valid'] as const).flatMap((pad) =>
    [1, 3].map((stride) => ({
      name: `convolution over time, stride ${stride}, padding ${pad}`,
      run: (x: tf.Tensor, f: tf.Tensor) => tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, stride, pad),
      shapes: [
        [2, 9, 3],
        [3, 3, 4],
      ],
    })),
  ),
  ...[1, 2].map((stride) => ({
    name: `convolution, channels first, stride ${stride}`,
    run: (x: tf.Tensor, f: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, 'valid', 'NCHW'),
    shapes: [
      [2, 3, 5, 6],
      [3, 3, 3, 2],
    ],
  })),
  {
    name: 'convolution of extents of 1',
    run: (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'),
    shapes: [
      [1, 1, 1, 1],
      [3, 3, 1, 1],
    ],
  },
  {
    name: 'convolution of an empty batch',
    run: (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'),
    shapes: [
      [0, 4, 4, 2],
      [3, 3, 2, 2],
    ],
  },
  ...(['same', 'valid'] as const).map((pad) => ({
    name: `transposed convolution, padding ${pad}`,
    run: (x: tf.Tensor, f: tf.Tensor) =>
      tf.conv2dTranspose(
        x as tf.Tensor4D,
        f as tf.Tensor4D,
        [2, pad === 'same' ? 6 : 7, pad === 'same' ? 8 : 9, 2],
        2,
        pad,
      ),
    shapes: [
      [2, 3, 4, 3],
      [3, 3, 2, 3],
    ],
  })),
  {
    name: 'separable convolution',
    run: (x, depthwise, pointwise) =>
      tf.separableConv2d(x as tf.Tensor4D, depthwise as tf.Tensor4D, pointwise as tf.Tensor4D, 1, 'same'),
    shapes: [
      [1, 5, 4, 2],
      [3, 3, 2, 2],
      [1, 1, 4, 3],
    ],
  },
];

const poolingCases: Case[] = [
  ...paddings.flatMap((pad) =>
    [1, 2, [3, 2]].flatMap((strides) =>
      [2, [3, 2]].flatMap((extents) => {
        const windows = extents as number | [number, number];
        const given = strides as number | [number, number];
        const name = `windows ${extents}, strides ${strides}, padding ${JSON.stringify(pad)}`;
        return [
          {
            name: `average pooling, ${name}`,
            run: (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, windows, given, pad as 'same'),
            shapes: [[2, 7, 6, 3]],
          },
          {
            name: `max pooling, ${name}`,
            run: (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, windows, given, pad as 'same'),
            shapes: [[2, 7, 6, 3]],
          },
          {
            name: `max pooling with ties, ${name}`,
            run: (x: tf.Tensor) => tf.maxPool(tf.relu(x) as tf.Tensor4D, windows, given, pad as 'same'),
            shapes: [[2, 7, 6, 3]],
          },
        ];
      }),
    ),
  ),
  {
    name: 'max pooling where nothing is above minus infinity',
    run: (x) => {
      const sparse = tf.greater(tf.reshape(tf.cos(tf.range(0, x.size)), x.shape), 0.7);
      return tf.exp(tf.maxPool(tf.where(sparse, x, tf.fill(x.shape, -Infinity)) as tf.Tensor4D, 2, 1, 'same'));
    },
    shapes: [[2, 7, 6, 3]],
  },
  ...[tf.maxPool, tf.avgPool].map((pooling) => ({
    name: `${pooling.name} of an empty batch`,
    run: (x: tf.Tensor) => pooling(x as tf.Tensor4D, 2, 2, 'same'),
    shapes: [[0, 4, 4, 2]],
  })),
];

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;
const fusedCases: Case[] = activations.flatMap((activation): Case[] => {
  const named = `activation ${activation}`;
  const gradient = activation === 'linear' || activation === 'relu';
  const weights = (alpha: tf.Tensor): { preluActivationWeights?: tf.Tensor; leakyreluAlpha?: number } => ({
    ...(activation === 'prelu' && { preluActivationWeights: alpha }),
    ...(activation === 'leakyrelu' && { leakyreluAlpha: 0.3 }),
  });
  return [
    {
      name: `fused product, ${named}`,
      run: (a, b, bias, alpha) =>
        tf.fused.matMul({
          a: a as tf.Tensor2D,
          b: b as tf.Tensor2D,
          bias: bias as tf.Tensor,
          activation,
          ...weights(alpha as tf.Tensor),
        }),
      shapes: [[3, 4], [4, 2], [2], [2]],
      gradient,
    },
    {
      name: `fused convolution, ${named}`,
      run: (x, filter, bias, alpha) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 2,
          pad: 'same',
          bias: bias as tf.Tensor,
          activation,
          ...weights(alpha as tf.Tensor),
        }),
      shapes: [[2, 5, 4, 2], [3, 3, 2, 3], [3], [3]],
      gradient,
    },
    {
      name: `fused depthwise convolution, ${named}`,
      run: (x, filter, bias, alpha) =>
        tf.fused.depthwiseConv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad: 'valid',
          bias: bias as tf.Tensor,
          activation,
          ...weights(alpha as tf.Tensor),
        }),
      shapes: [[2, 5, 4, 2], [3, 2, 2, 2], [4], [4]],
      gradient,
    },
  ];
});

/** [begin, end, strides, masks of begin, end, ellipsis, new axes and shrunk axes], and the same by slice and reshape. */
type Slicing = readonly [Parameters<typeof tf.stridedSlice> extends [unknown, ...infer Rest] ? Rest : never, Operation];
const slicings: readonly Slicing[] = [
  [[[1, 0], [2, 4], [1, 1], 0, 0, 0, 0, 1], (x) => tf.reshape(tf.slice(x, [1, 0], [1, 4]), [4, 2])],
  [[[0, -1], [3, 0], [1, 1], 0, 0, 0, 0, 2], (x) => tf.reshape(tf.slice(x, [0, 3], [3, 1]), [3, 2])],
  [[[0, 1], [0, 2], [1, 1], 0, 0, 1, 0, 0], (x) => tf.slice(x, [0, 0, 1], [3, 4, 1])],
  [[[0, 0, 1], [0, 0, 2], [1, 1, 1], 0, 0, 1, 2, 0], (x) => tf.expandDims(tf.slice(x, [0, 0, 1], [3, 4, 1]), 2)],
  [[[0, 1], [0, 3], [1, 1], 0, 0, 0, 1, 0], (x) => tf.expandDims(tf.slice(x, [1, 0], [2, 4]), 0)],
  [[[1, 1], [2, 2], [1, 1], 1, 2, 0, 0, 0], (x) => tf.slice(x, [0, 1], [2, 3])],
  [[[1, 2, 0], [2, 3, 1], [1, 1, 1], 0, 0, 0, 0, 7], (x) => tf.reshape(tf.slice(x, [1, 2, 0], [1, 1, 1]), [])],
  [[[2, 3], [-4, 0], [-1, -2], 0, 0], (x) => tf.gather(tf.reverse(x, [0]), [3, 1], 1)],
  [[[2], [1], [1]], (x) => tf.slice(x, [2], [0])],
];

const furtherCases: Case[] = [
  {
    name: 'random numbers',
    run: (x) => {
      const attributes = { shape: [4, 3], key: 0xdeadbeef, stream: 0x9abcdef0 };
      return tf.add(
        x,
        tf.engine().runKernel(counterUniformKernel, { step: tf.scalar(5, 'int32') }, attributes) as tf.Tensor,
      );
    },
    reference: (x) => {
      const draw = drawKey(0xdeadbeef, 5, 0x9abcdef0);
      return tf.add(
        x,
        tf.tensor2d(
          Float32Array.from({ length: 12 }, (_, i) => uniformAt(draw, i)),
          [4, 3],
        ),
      );
    },
    shapes: [[4, 3]],
  },
  {
    name: 'rectifier with a learnt slope',
    run: (x, alpha) => tf.prelu(x, alpha),
    shapes: [[2, 3], [3]],
  },
  {
    name: 'infinities',
    run: (x) => tf.isInf(tf.div(tf.relu(x), tf.relu(tf.neg(x)))),
    shapes: [[2, 5]],
    gradient: false,
  },
  ...[tf.mod, tf.floorDiv].flatMap((operation) =>
    (['float32', 'int32'] as const).map((type) => ({
      name: `${operation.name.replace('__op', '')} of negative ${type}`,
      run: (x: tf.Tensor) =>
        operation(tf.cast(tf.mul(x, 10), type), tf.tensor1d([-7, -3, 3, 4, -2, 5], 'float32').cast(type)),
      shapes: [[3, 6]],
      gradient: false,
    })),
  ),
  ...[tf.sum, tf.mean, tf.max, tf.softmax, tf.cumsum].map((operation) => ({
    name: `${operation.name.replace('__op', '')} of nothing but one entry`,
    run: (x: tf.Tensor) => (operation as (x: tf.Tensor, axis: number) => tf.Tensor)(x, 1),
    shapes: [[1, 1]],
  })),
  ...[tf.sum, tf.cumsum].map((operation) => ({
    name: `${operation.name.replace('__op', '')} of an empty axis`,
    run: (x: tf.Tensor) => operation(x, 1),
    shapes: [[2, 0]],
  })),
  {
    name: 'slices of int32 and bool',
    run: (x) => tf.add(tf.cast(tf.slice(tf.cast(x, 'int32'), [0, 1]), 'float32'), tf.slice(tf.greater(x, 0), [0, 1])),
    shapes: [[2, 3]],
    gradient: false,
  },
  ...shapesOfPairs.map((shapes) => ({
    name: `angle ${JSON.stringify(shapes)}`,
    run: (a: tf.Tensor, b: tf.Tensor) => tf.atan2(a, b),
    shapes,
  })),
  {
    name: 'angle on the axes',
    run: (x) => tf.add(x, tf.atan2(tf.tensor1d([0, 0, 0, 1, -1, 1]), tf.tensor1d([1, -1, 0, 0, 0, -1]))),
    shapes: [[6]],
  },
  {
    name: 'rounding of halves to even',
    run: (x) => tf.add(x, tf.round(tf.tensor1d([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]))),
    shapes: [[6]],
  },
  ...[0, 1, -1].flatMap((axis) =>
    [false, true].flatMap((exclusive) =>
      [false, true].flatMap((reverse) =>
        [
          [3, 5, 2],
          [1, 1],
          [2, 0],
        ].map((shape) => ({
          name: `cumulative product of [${shape}] over ${axis}, exclusive ${exclusive}, reversed ${reverse}`,
          // The cpu backend takes no axis counted from the end.
          run: (x: tf.Tensor) => tf.cumprod(x, axis < 0 ? axis + shape.length : axis, exclusive, reverse),
          shapes: [shape],
          gradient: false,
        })),
      ),
    ),
  ),
  ...(['ij,jk->ik', 'bij,bjk->bki', 'i,j->ij', 'ij,ij->', 'bhqd,bhkd->bhqk', 'ij->ji', 'ij->i'] as const).map(
    (equation) => ({
      name: `sum of products ${equation}`,
      run: (...tensors: tf.Tensor[]) => tf.einsum(equation, ...tensors),
      shapes: (equation.split('->')[0] as string)
        .split(',')
        .map((labels) => [...labels].map((label) => 2 + (label.charCodeAt(0) % 3))),
      gradient: false,
    }),
  ),
  ...(['reflect', 'symmetric'] as const).flatMap((mode) =>
    [
      [
        [1, 2],
        [0, 0],
        [2, 1],
      ],
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      [
        [2, 0],
        [3, 3],
        [0, 1],
      ],
    ].map((amounts) => ({
      name: `mirrored padding ${mode} ${JSON.stringify(amounts)}`,
      run: (x: tf.Tensor) => tf.mirrorPad(x, amounts as [number, number][], mode),
      shapes: [[3, 4, 3]],
    })),
  ),
  ...[[4], [2, 3], [1], [0]].map((shape) => ({
    name: `diagonal of [${shape}]`,
    run: (x: tf.Tensor) => tf.diag(x),
    shapes: [shape],
    gradient: false,
  })),
  { name: 'even spacing', run: (x) => tf.add(x, tf.linspace(-1, 2, 7)), shapes: [[7]] },
  {
    name: 'update by index',
    run: (x, updates) => tf.tensorScatterUpdate(x, tf.tensor2d([[3], [1]], [2, 1], 'int32'), updates),
    shapes: [
      [4, 3],
      [2, 3],
    ],
    gradient: false,
  },
  ...slicings.map(([bounds, reference]) => ({
    name: `strided slice ${JSON.stringify(bounds)}`,
    run: (x: tf.Tensor) => tf.stridedSlice(x, ...bounds),
    reference,
    shapes: [[3, 4, 2]],
    gradient: false,
  })),
  {
    name: 'batch normalisation',
    run: (x, mean, variance, offset, scale) =>
      tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D, 0.01),
    shapes: [[2, 3, 2, 4], [4], [4], [4], [4]],
    range: [0.2, 2],
  },
  {
    name: 'batch normalisation without scale and offset',
    run: (x, mean, variance) => tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D),
    shapes: [[5, 3], [3], [3]],
    range: [0.2, 2],
    // TensorFlow.js fails to differentiate it: it keeps the scale that is not there.
    gradient: false,
  },
  {
    name: 'space to batch and back',
    run: (x) =>
      tf.batchToSpaceND(
        tf.square(
          tf.spaceToBatchND(
            x,
            [2, 3],
            [
              [1, 0],
              [1, 1],
            ],
          ),
        ),
        [2, 3],
        [
          [0, 1],
          [2, 0],
        ],
      ),
    shapes: [[2, 3, 4, 2]],
  },
  {
    name: 'depth to space',
    run: (x) => tf.depthToSpace(x as tf.Tensor4D, 2),
    shapes: [[2, 3, 2, 8]],
    gradient: false,
  },
  ...[
    [5, 5],
    [7, 3],
    [10, 10],
    [1, 1],
  ].flatMap((extents) =>
    [
      [false, false],
      [true, false],
      [false, true],
    ].flatMap(([align, half]) =>
      [tf.image.resizeBilinear, tf.image.resizeNearestNeighbor].map((resize, i) => ({
        name: `${i === 0 ? 'bilinear' : 'nearest'} resizing to [${extents}], corners aligned ${align}, half-pixel centres ${half}`,
        run: (x: tf.Tensor) => resize(x as tf.Tensor4D, extents as [number, number], align, half),
        // The cpu backend's gradients are wrong for images that are not square, and, of the nearest, beyond the first image.
        shapes: [[i === 0 ? 2 : 1, 5, 5, 2]],
        // TensorFlow.js differentiates as if centres were not at half pixels.
        gradient: !half,
      })),
    ),
  ),
];

describe('operation by operation, forward and gradient agree with the cpu backend', () => {
  it.each([
    ...cases,
    ...convolutionCases.map((entry) => ({ ...entry, range: [-1, 1] as const })),
    ...poolingCases,
    ...fusedCases,
    ...furtherCases,
  ])('$name', compare);
});

describe('the comparison', () => {
  it('has left out no kernel', () => {
    expect(compiledKernels.filter((name) => !compared.has(name))).toEqual([]);
  });
});

describe('the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const kernelsUnder = (heading: string): string[] => {
    const section = readme.split(`### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
    return [...section.matchAll(/`(\w+)`/g)].map(([, name]) => name as string).sort();
  };

  it('lists every kernel that is compiled', () => {
    expect(kernelsUnder('Compiled')).toEqual(compiledKernels);
  });

  it('lists every kernel of the cpu backend that is not', () => {
    const kernels = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
    const missing = kernels.filter((name) => !compiledKernels.includes(name));
    expect(kernelsUnder('Not compiled')).toEqual([...new Set(missing)].sort());
  });
});

describe('the trace', () => {
  it('refuses to pool over padding alone', async () => {
    const program = engine.compile(
      {
        name: 'pools',
        run: (_, { x }) => ({ updates: {}, outputs: { y: tf.maxPool(x as tf.Tensor4D, 2, 1, 2) } }),
      },
      engine.createStore(),
    );
    await expect(program.run({ x: values([1, 3, 3, 1], [0, 1], 0) })).rejects.toMatchObject({
      code: 'KERNEL_UNSUPPORTED',
    });
  });

  it('refuses a value that is read back', async () => {
    const program = engine.compile(
      {
        name: 'reads',
        run: (_, { x }) => ({
          updates: {},
          outputs: { y: tf.mul(x as tf.Tensor, tf.sum(x as tf.Tensor).dataSync()[0] as number) },
        }),
      },
      engine.createStore(),
    );
    await expect(program.run({ x: values([2], [0, 1], 0) })).rejects.toMatchObject({ code: 'STEP_READS_VALUE' });
  });

  it('names an operation that it does not have', async () => {
    const program = engine.compile(
      {
        name: 'exotic',
        run: (_, { x }) => ({
          updates: {},
          outputs: { y: tf.real(tf.spectral.fft(tf.complex(x as tf.Tensor, x as tf.Tensor))) },
        }),
      },
      engine.createStore(),
    );
    await expect(program.run({ x: values([2], [0, 1], 0) })).rejects.toMatchObject({ code: 'KERNEL_UNSUPPORTED' });
  });
});
