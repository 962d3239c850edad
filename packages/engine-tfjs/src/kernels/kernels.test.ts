import type { Engine, HostTensor, HostTensors, TensorMap } from '@interfuse/core';
import * as nn from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../engine.js';

let wasm: Engine;
let cpu: Engine;
beforeAll(async () => {
  wasm = await createEngine('wasm');
  cpu = await createEngine('cpu');
});
afterAll(() => Promise.all([wasm.dispose(), cpu.dispose()]));

/** Fixed numbers on [-2, 2). */
function floats(...shape: number[]): HostTensor {
  const draw = nn.drawKey(9, shape.length, shape.at(-1) ?? 0);
  const size = tf.util.sizeFromShape(shape);
  return { shape, type: 'float32', data: Float32Array.from({ length: size }, (_, i) => 4 * nn.uniformAt(draw, i) - 2) };
}

function integers(limit: number, ...shape: number[]): HostTensor {
  const data = Int32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, index) => (7 * index + 3) % limit);
  return { shape, type: 'int32', data };
}

/** Rows that are true up to a length of their own; the first row is false throughout. */
function mask(rows: number, steps: number): HostTensor {
  const data = Uint8Array.from({ length: rows * steps }, (_, i) =>
    i % steps < (Math.floor(i / steps) * 2) % (steps + 1) ? 1 : 0,
  );
  return { shape: [rows, steps], type: 'bool', data };
}

type Compute = (inputs: Readonly<Record<string, tf.Tensor>>) => tf.Tensor;

/** Values of a function and the gradients of a weighted sum of them with respect to every float input. */
async function evaluate(engine: Engine, inputs: HostTensors, compute: Compute): Promise<HostTensors> {
  const program = engine.compile(
    {
      name: 'compare',
      run(_, given) {
        const fixed = Object.entries(given).filter(([, tensor]) => tensor.dtype !== 'float32');
        const free = Object.entries(given).filter(([, tensor]) => tensor.dtype === 'float32');
        const scalar = (tensors: TensorMap) => {
          const output = tf.cast(compute({ ...Object.fromEntries(fixed), ...tensors }), 'float32');
          // Distinct weights, so that no two entries of a gradient can be exchanged unnoticed.
          const weights = tf.reshape(tf.linspace(0.5, 1.5, output.size), output.shape);
          return { value: tf.sum(tf.mul(output, weights)), rest: { output } };
        };
        const { gradients, rest } = nn.valueAndGradients(scalar, Object.fromEntries(free));
        return { updates: {}, outputs: { ...gradients, output: rest.output } };
      },
    },
    engine.createStore(),
  );
  return program.run(inputs);
}

async function expectAgreement(inputs: HostTensors, compute: Compute): Promise<void> {
  const [actual, expected] = [await evaluate(wasm, inputs, compute), await evaluate(cpu, inputs, compute)];
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [path, reference] of Object.entries(expected)) {
    const tensor = actual[path] as HostTensor;
    expect(tensor.shape).toEqual(reference.shape);
    const worst = Array.from(reference.data).reduce((most, value, index) => {
      const error = Math.abs((tensor.data[index] as number) - value) / Math.max(1, Math.abs(value));
      // NaN must not pass for agreement.
      return Math.max(error, most);
    }, 0);
    expect(worst, path).toBeLessThan(1e-5);
  }
}

const at = (inputs: Readonly<Record<string, tf.Tensor>>, name = 'x'): tf.Tensor => inputs[name] as tf.Tensor;
const unary =
  (f: (x: tf.Tensor) => tf.Tensor): Compute =>
  (inputs) =>
    f(at(inputs));
const positive = (x: tf.Tensor): tf.Tensor => tf.add(tf.abs(x), 0.1);

const elementwise: Record<string, Compute> = {
  gelu: unary(nn.gelu),
  'gelu-tanh': unary(nn.geluTanh),
  silu: unary(nn.silu),
  relu: unary(nn.relu),
  erf: unary(tf.erf),
  tanh: unary(tf.tanh),
  sigmoid: unary(tf.sigmoid),
  exp: unary(tf.exp),
  log: unary((x) => tf.log(positive(x))),
  sqrt: unary((x) => tf.sqrt(positive(x))),
  rsqrt: unary((x) => tf.rsqrt(positive(x))),
  square: unary(tf.square),
  abs: unary(tf.abs),
  clip: unary((x) => tf.clipByValue(x, -0.5, 0.7)),
  power: unary((x) => tf.pow(positive(x), 1.5)),
  softmax: unary((x) => tf.softmax(x)),
  logSoftmax: unary((x) => tf.logSoftmax(x)),
  maximum: unary((x) => tf.maximum(x, 0.3)),
  minimum: unary((x) => tf.minimum(x, 0.3)),
  'sum over the last axis': unary((x) => tf.sum(x, -1)),
  'mean over the first axis': unary((x) => tf.mean(x, 0)),
  'max over the last axis': unary((x) => tf.max(x, -1)),
  'min over the last axis': unary((x) => tf.min(x, -1)),
  where: unary((x) =>
    tf.where(tf.equal(tf.mod(tf.range(0, x.size), 2), 0).reshape(x.shape), tf.mul(x, 3), tf.square(x)),
  ),
  'reverse order of axes': unary((x) => tf.transpose(x)),
  pad: unary((x) =>
    tf.pad(
      x,
      x.shape.map((_, axis) => [axis, 1] as [number, number]),
    ),
  ),
  tile: unary((x) =>
    tf.tile(
      x,
      x.shape.map(() => 2),
    ),
  ),
  stack: unary((x) => tf.stack([x, tf.mul(x, 2)], 1)),
  // Two copies: TensorFlow.js has no gradient for `unstack` of a single entry, on any backend.
  unstack: unary((x) => tf.addN(tf.unstack(tf.concat([x, x], -1), -1).map((part, index) => tf.mul(part, index + 1)))),
  concatenate: unary((x) => tf.concat([x, tf.square(x)], -1)),
  'slice off the first of every axis': unary((x) =>
    tf.slice(
      x,
      x.shape.map((extent) => Math.min(1, extent - 1)),
    ),
  ),
  'slice one column': unary((x) =>
    tf.slice(
      x,
      x.shape.map((extent, axis) => (axis === x.rank - 1 ? extent - 1 : 0)),
      x.shape.map((extent, axis) => (axis === x.rank - 1 ? 1 : extent)),
    ),
  ),
  'cumulative sum': unary((x) => tf.cumsum(x, x.rank - 1)),
};

describe.each([[[1]], [[7]], [[1, 1]], [[3, 5]], [[2, 1, 6]], [[2, 3, 4, 8]], [[1, 4, 1, 1]]])(
  'for shape %j wasm agrees with cpu on',
  (shape) => {
    it.each(Object.entries(elementwise))('%s', async (_, compute) => {
      await expectAgreement({ x: floats(...shape) }, compute);
    });
  },
);

describe('cumulative sums and products', () => {
  it('may count their axis from the end', async () => {
    const inputs = { x: floats(1), y: integers(3, 2, 4) };
    for (const operation of [tf.cumsum, tf.cumprod]) {
      // Of the integers, since TensorFlow.js has no gradient for such an axis, on any backend.
      await expectAgreement(inputs, (given) => tf.mul(operation(tf.cast(at(given, 'y'), 'float32'), -1), at(given)));
    }
  });
});

describe('broadcasting arithmetic', () => {
  it.each([
    [[4, 5], [5]],
    [
      [2, 3, 4],
      [3, 1],
    ],
    [
      [2, 1, 4],
      [1, 3, 1],
    ],
    [[1], [6]],
    [[], [2, 2]],
  ])('agrees for %j and %j', async (left, right) => {
    const inputs = { x: floats(...left), y: floats(...right) };
    for (const operation of [tf.add, tf.sub, tf.mul]) {
      await expectAgreement(inputs, (given) => operation(at(given), at(given, 'y')));
    }
    await expectAgreement(inputs, (given) => tf.div(at(given), positive(at(given, 'y'))));
  });
});

describe('matrix products', () => {
  // Around the blocks of 4 x 8, beyond the limits for the inner dimension (256) and the right factor (131072), degenerate.
  const sizes = [
    [1, 1, 1],
    [4, 1, 8],
    [5, 3, 9],
    [3, 20, 20],
    [4, 7, 7],
    [13, 40, 17],
    [32, 64, 1],
    [130, 150, 30],
    [9, 500, 270],
    [6, 263, 10],
    [10, 768, 12],
  ] as const;
  const batches: number[][] = [[], [1], [6], [2, 3]];
  const flags = [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ] as const;

  it.each(sizes)('agree for %i x %i x %i, transposed or not, in batches or single', async (rows, inner, columns) => {
    for (const batch of rows * inner * columns > 100_000 ? [[], [2]] : batches) {
      for (const [flipLeft, flipRight] of flags) {
        const x = floats(...batch, ...(flipLeft ? [inner, rows] : [rows, inner]));
        const y = floats(...batch, ...(flipRight ? [columns, inner] : [inner, columns]));
        const scale = 1 / Math.sqrt(inner);
        await expectAgreement({ x, y }, (given) =>
          tf.mul(tf.matMul(at(given), at(given, 'y'), flipLeft, flipRight), scale),
        );
      }
    }
  });

  it('leave nothing on the heap but their result', async () => {
    await tf.setBackend('wasm');
    const blocks = (): number => tf.backend().numDataIds();
    // Through both functions, with factors written out transposed and with a split inner dimension.
    for (const [rows, inner, columns] of [
      [20, 768, 12],
      [9, 500, 270],
    ] as const) {
      const before = blocks();
      tf.tidy(() => {
        for (const flip of [false, true]) {
          const x = flip ? tf.ones([inner, rows]) : tf.ones([rows, inner]);
          const y = flip ? tf.ones([columns, inner]) : tf.ones([inner, columns]);
          const held = blocks();
          tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D, flip, flip);
          expect(blocks()).toBe(held + 1);
        }
      });
      expect(blocks()).toBe(before);
    }
  });

  it('agree where one factor is shared by the batch', async () => {
    await expectAgreement({ x: floats(3, 5, 6), y: integers(7, 1, 6, 9) }, (given) =>
      tf.matMul(at(given), tf.cast(at(given, 'y'), 'float32')),
    );
  });
});

describe('the layers of nn', () => {
  const weights =
    (name: string, ...parts: string[]) =>
    (given: Readonly<Record<string, tf.Tensor>>) =>
      Object.fromEntries(parts.map((part) => [part, at(given, `${name}${part}`)])) as Record<string, tf.Tensor>;

  it.each([
    [1, 1, 1, 1],
    [2, 5, 8, 2],
    [3, 12, 32, 4],
  ])('attention agrees: batch %i, time %i, width %i, heads %i', async (batch, time, width, heads) => {
    const inputs = {
      q: floats(batch, time, width),
      k: floats(batch, time, width),
      v: floats(batch, time, width),
      mask: mask(batch, time),
    };
    await expectAgreement(inputs, (given) => {
      const [query, key, value] = ['q', 'k', 'v'].map((name) => nn.splitHeads(at(given, name), heads)) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const allowed = tf.expandDims(tf.logicalAnd(nn.keyMask(at(given, 'mask')), nn.causalMask(time)), 1);
      return nn.mergeHeads(nn.attend(query, key, value, { allowed }).values);
    });
  });

  it('linear, layer norm and RMS norm agree', async () => {
    const inputs = {
      x: floats(2, 5, 12),
      weight: floats(7, 12),
      bias: floats(7),
      scale: floats(12),
      shift: floats(12),
    };
    await expectAgreement(inputs, (given) =>
      nn.linear({ weight: at(given, 'weight'), bias: at(given, 'bias') }, at(given)),
    );
    await expectAgreement(inputs, (given) =>
      nn.layerNorm({ weight: at(given, 'scale'), bias: at(given, 'shift') }, at(given)),
    );
    await expectAgreement(inputs, (given) => nn.rmsNorm({ weight: at(given, 'scale') }, at(given)));
  });

  it('an embedding agrees, and its gradient adds up rows that are used twice', async () => {
    const inputs = { weight: floats(6, 5), ids: integers(4, 3, 7) };
    await expectAgreement(inputs, (given) => nn.embed({ weight: at(given, 'weight') }, at(given, 'ids')));
    await expectAgreement({ x: floats(2, 9, 3), ids: integers(9, 4) }, (given) =>
      tf.gather(at(given), at(given, 'ids') as tf.Tensor1D, 1),
    );
  });

  it('an id outside of the table is an error, not a number', async () => {
    const inputs = { x: floats(3, 2), ids: integers(9, 4) };
    for (const engine of [wasm, cpu]) {
      await expect(
        evaluate(engine, inputs, (given) => tf.gather(at(given), at(given, 'ids') as tf.Tensor1D)),
      ).rejects.toThrow();
    }
  });

  it.each([1, 4])('an LSTM agrees over %i steps, in both directions', async (steps) => {
    const inputs = {
      x: floats(3, steps, 5),
      mask: mask(3, steps),
      iweight: floats(16, 5),
      ibias: floats(16),
      rweight: floats(16, 4),
      rbias: floats(16),
    };
    for (const reverse of [false, true]) {
      await expectAgreement(inputs, (given) => {
        const params = {
          input: weights('i', 'weight', 'bias')(given),
          recurrent: weights('r', 'weight', 'bias')(given),
        };
        return nn.lstm(params as Parameters<typeof nn.lstm>[0], at(given), at(given, 'mask'), { reverse }).outputs;
      });
    }
  });

  it('masked mean, last real step and batch norm agree', async () => {
    const inputs = { x: floats(4, 6, 3), mask: mask(4, 6) };
    await expectAgreement(inputs, (given) => nn.maskedMean(at(given), at(given, 'mask')));
    await expectAgreement(inputs, (given) => nn.lastReal(at(given), at(given, 'mask')));
    await expectAgreement({ x: floats(9, 3), weight: floats(3), bias: floats(3) }, (given) => {
      const params = { weight: at(given, 'weight'), bias: at(given, 'bias') };
      const pass = { training: true, epoch: tf.scalar(0, 'int32'), random: nn.createRandom(1, tf.scalar(0, 'int32')) };
      return nn.batchNorm(params, { mean: tf.zeros([3]), variance: tf.ones([3]) }, at(given), pass).values;
    });
  });

  it('the losses agree', async () => {
    const inputs = { x: floats(5, 4), values: integers(4, 5, 1), known: mask(5, 1) };
    const label = (given: Readonly<Record<string, tf.Tensor>>) => ({
      values: tf.cast(at(given, 'values'), 'float32'),
      known: at(given, 'known'),
    });
    const classes = ['a', 'b', 'c', 'd'];
    await expectAgreement(inputs, (given) => nn.taskLoss({ kind: 'classification', classes }, at(given), label(given)));
    await expectAgreement({ ...inputs, x: floats(5, 1) }, (given) => nn.absoluteError(at(given), label(given)));
  });

  it('a random permutation is the same on both engines', async () => {
    await expectAgreement({ x: floats(1) }, (given) =>
      tf.add(nn.permutation(nn.createRandom(4, tf.scalar(2, 'int32')), 50), at(given)),
    );
  });
});

describe('accuracy', () => {
  it('erf is within 2e-7 of Abramowitz and Stegun, table 7.1', async () => {
    // x, erf(x) to ten digits.
    const table = [
      [0, 0],
      [0.1, 0.112462916],
      [0.5, 0.5204998778],
      [1, 0.8427007929],
      [1.5, 0.9661051465],
      [2, 0.995322265],
    ] as const;
    for (const engine of [wasm, cpu]) {
      const x: HostTensor = {
        shape: [table.length],
        type: 'float32',
        data: Float32Array.from(table.map(([value]) => value)),
      };
      const { output } = await evaluate(engine, { x }, unary(tf.erf));
      table.forEach(([, expected], index) => {
        expect(Math.abs((output?.data[index] as number) - expected)).toBeLessThan(2e-7);
      });
    }
  });
});

describe('reading', () => {
  it('none of the kernels reads a value back, not even gather, slice and split', async () => {
    await tf.setBackend('wasm');
    const read = vi.spyOn(tf.backend(), 'readSync');
    tf.tidy(() => {
      const x = tf.ones([4, 6]);
      tf.gather(x, tf.tensor1d([1, 3], 'int32'));
      tf.slice(x, [1, 2], [2, 3]);
      tf.split(x, 3, 1);
      tf.unstack(x, 1);
      tf.concat([x, x], 1);
      tf.clone(x);
    });
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
  });
});
