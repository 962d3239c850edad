/** Exported steps: any size of batch from traces at a few, weights in the file, and errors where that cannot be. */
import { mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostTensor, HostTensors, Leaf, Step, TensorMap } from '@interfuse/core';
import { createRandom, normal, storedLeaf } from '@interfuse/nn';
import { writeSafetensors } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxEngine } from '../engine.js';
import { exportStep, type InferenceModel, OnnxStore, openModel, writeModel } from './index.js';

const engine = createOnnxEngine({ threads: 1 });
afterEach(() => engine.dispose());

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

const description = { version: '1.2.3', summary: 'A test.', metadata: { 'test.key': 'some value' } };
const length = 3;
const width = 4;

/** Samples of different values: [B, 3, 4] and whole numbers below 3 [B, 2]. */
function batch(size: number): HostTensors {
  const values = Float32Array.from({ length: size * length * width }, (_, i) => Math.sin(1 + i));
  const picks = Int32Array.from({ length: size * 2 }, (_, i) => (i * 5) % length);
  return {
    x: { shape: [size, length, width], type: 'float32', data: values },
    picks: { shape: [size, 2], type: 'int32', data: picks },
    unused: { shape: [size], type: 'float32', data: new Float32Array(size) },
    epoch: { shape: [], type: 'int32', data: Int32Array.of(0) },
  };
}

type Forward = (x: tf.Tensor3D, picks: tf.Tensor2D, variables: TensorMap) => tf.Tensor;

function stepOf(forward: Forward): Step {
  return {
    name: 'test',
    run: (variables, { x, picks }) => ({
      updates: {},
      outputs: { prediction: forward(x as tf.Tensor3D, picks as tf.Tensor2D, variables) },
    }),
  };
}

const sized = (x: tf.Tensor): number => x.shape[0] as number;

async function storeOf(leaves: Readonly<Record<string, Leaf>> = {}): Promise<OnnxStore> {
  const store = new OnnxStore();
  await store.allocate(new Map(Object.entries(leaves)), 1);
  return store;
}

async function exported(step: Step, store: OnnxStore, only?: number): Promise<InferenceModel> {
  const constants = { epoch: batch(1).epoch as HostTensor };
  return exportStep({ step, store, inputs: batch, constants, ...(only === undefined ? {} : { batch: only }) });
}

let serial = 0;
async function written(model: InferenceModel, largestFile?: number) {
  serial += 1;
  const name = `${serial}.onnx`;
  const sizes = await writeModel(model, description, folder, name, largestFile === undefined ? {} : { largestFile });
  return { path: join(folder, name), ...sizes };
}

async function expectSame(path: string, step: Step, store: OnnxStore, sizes: readonly number[]): Promise<void> {
  const program = engine.compile(step, store);
  const session = await openModel(path);
  try {
    for (const size of sizes) {
      const expected = (await program.run(batch(size))).prediction as HostTensor;
      const actual = (await session.run(batch(size))).prediction as HostTensor;
      expect(actual.shape, `batch of ${size}`).toEqual(expected.shape);
      expected.data.forEach((value, i) => {
        expect(actual.data[i], `batch of ${size}, entry ${i}`).toBeCloseTo(value, 5);
      });
    }
  } finally {
    await session.close();
  }
}

describe('one graph serves every size of batch', () => {
  const cases: Record<string, Forward> = {
    'an axis that is merged with the batch and split again': (x) =>
      tf.reshape(tf.tanh(tf.reshape(x, [sized(x) * length, width])), [sized(x), length * width]),
    'the batch merged into one axis with all others': (x) =>
      tf.reshape(tf.reverse(tf.reshape(x, [-1])), [sized(x), length, width]),
    'zeros as many as samples': (x) => tf.concat([x, tf.zeros([sized(x), 1, width])], 1),
    'a token repeated for each sample': (x) => tf.concat([x, tf.tile(tf.ones([1, 2, width]), [sized(x), 1, 1])], 1),
    'an extent of a times the batch, plus c': (x) =>
      tf.slice(
        tf.pad(tf.reshape(x, [sized(x) * length, width]), [
          [1, 4],
          [0, 0],
        ]),
        [sized(x) * 2 + 2, 0],
        [sized(x), width],
      ),
    'a slice of all samples': (x) => tf.slice(x, [0, 1, 0], [sized(x), 2, width]),
    'samples in reverse': (x) => tf.reverse(x, 0),
    'every other step': (x) => tf.stridedSlice(x, [0, 0, 0], [sized(x), length, width], [1, 2, 1]),
    'numbers counted along the batch': (x) => tf.add(x, tf.reshape(tf.range(0, sized(x)), [-1, 1, 1])),
    'values given for each sample, all the same': (x) => {
      const given = Float32Array.from({ length: sized(x) * 3 }, (_, i) => (i % 3) - 1);
      return tf.mul(x, tf.tensor(given, [sized(x), 3, 1]));
    },
    'a pick of its own for each sample': (x, picks) => tf.gather(x, picks, 1, 1),
    'a table of classes': (x, picks) => tf.sum(tf.oneHot(picks, length), 1).add(tf.mean(x, 2)),
    'products between the samples': (x) => {
      const flat = tf.reshape(x, [sized(x), length * width]);
      return tf.softmax(tf.matMul(flat, flat, false, true));
    },
    'a matrix over pairs of samples': (x) => tf.add(tf.fill([sized(x), sized(x)], 0.5), tf.mean(x)),
    'running sums, ordered values, selection': (x) => tf.topk(tf.where(tf.greater(x, 0), tf.cumsum(x, 1), x), 2).values,
    'random numbers for each sample': (x) =>
      tf.add(x, createRandom(3, tf.scalar(0, 'int32')).uniform([sized(x), length, width])),
    'a prediction that looks at no sample': (x) => tf.zeros([sized(x), 1]),
  };

  it.each(Object.entries(cases))('%s', async (_, forward) => {
    const store = await storeOf();
    const { path } = await written(await exported(stepOf(forward), store));
    await expectSame(path, stepOf(forward), store, [1, 2, 7, 17, 40]);
  });

  it('and nothing is left of the sizes that were traced', async () => {
    const forward = cases['an axis that is merged with the batch and split again'] as Forward;
    const model = await exported(stepOf(forward), await storeOf());
    expect(model.inputs).toEqual([{ name: 'x', type: 'float32', shape: ['batch', length, width] }]);
    expect(model.outputs).toEqual([{ name: 'prediction', type: 'float32', shape: ['batch', length * width] }]);
    // Only one extent depends on the batch: the runtime finds it by itself.
    expect(model.nodes.map(({ operation }) => operation)).toEqual(['Reshape', 'Tanh', 'Reshape']);
  });
});

describe('what depends on the batch in another way', () => {
  const cases: Record<string, [Forward, RegExp]> = {
    'a number that is no whole multiple': [(x) => tf.div(x, sized(x)), /^operation Div \(1 of 1\), input 2$/],
    'a constant matrix over pairs': [
      (x) => tf.add(tf.eye(sized(x)), tf.mean(x)),
      /^operation Add \(2 of 2\), input 1$/,
    ],
    'a choice by the size': [(x) => (sized(x) > 18 ? tf.neg(x) : tf.abs(x)), /^operation Abs \(1 of 1\)$/],
    'one node for each sample': [(x) => tf.addN(tf.unstack(x)), /^operation Split /],
    'a shape of the batch squared': [
      (x) => tf.add(x, tf.sum(tf.fill([sized(x) ** 2], 0.01))),
      /^operation Expand \(1 of \d\), input 2$/,
    ],
  };

  it.each(Object.entries(cases))(
    '%s: is an error that names the operation, and serves batches of one size',
    async (_, [forward, place]) => {
      const store = await storeOf();
      const failure = await exported(stepOf(forward), store).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'EXPORT_BATCH', place: expect.stringMatching(place) });
      expect((failure as { remedy: string }).remedy).toContain('--batch');
      const { path } = await written(await exported(stepOf(forward), store, 5));
      await expectSame(path, stepOf(forward), store, [5]);
    },
  );
});

describe('the file', () => {
  const halves = [0.5, -1.25, 2, 0.0625];
  const project: Forward = (x, _, { weight, half, brain, trained }) =>
    tf.add(
      tf.matMul(tf.reshape(x, [-1, length * width]), tf.matMul(trained as tf.Tensor, weight as tf.Tensor, false, true)),
      tf.add(half as tf.Tensor, brain as tf.Tensor),
    );

  async function projection(): Promise<{ store: OnnxStore; stored: string }> {
    serial += 1;
    const stored = join(folder, `${serial}.safetensors`);
    await writeSafetensors(stored, {
      weight: { shape: [4, 300], data: Float32Array.from({ length: 1200 }, (_, i) => Math.cos(i)) },
      half: { shape: [4], data: Float32Array.from(halves), type: 'F16' },
      // The upper halves of float32: 1, 2, -1, 0.5.
      brain: { shape: [4], data: Uint8Array.of(0x80, 0x3f, 0, 0x40, 0x80, 0xbf, 0, 0x3f), type: 'BF16' },
    });
    const leaf = (shape: number[], tensor: string) => storedLeaf(shape, { file: stored, tensor });
    const store = await storeOf({
      weight: leaf([4, 300], 'weight'),
      half: leaf([4], 'half'),
      brain: leaf([4], 'brain'),
      trained: normal([length * width, 300], 0.1),
      surplus: normal([1000], 1),
    });
    return { store, stored };
  }

  it('holds every weight that is needed, in the type in which it is stored, and needs no other file', async () => {
    const { store, stored } = await projection();
    const model = await exported(stepOf(project), store);
    const weights = model.initializers.filter(({ name }) => !/^t\d+$/.test(name));
    expect(weights.map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
      'brain bfloat16',
      'half float16',
      'trained float32',
      'weight float32',
    ]);
    const { path, bytes, dataBytes } = await written(model);
    await expectSame(path, stepOf(project), store, [1, 3]);
    expect(dataBytes).toBeUndefined();
    expect((await stat(path)).size).toBe(bytes);
    await rm(stored);
    const session = await openModel(path);
    await session.close();
    const text = await readFile(path, 'latin1');
    for (const part of ['interfuse', '1.2.3', 'A test.', 'test.key', 'some value']) expect(text).toContain(part);
  });

  it('holds weights in fewer bits as they were held', async () => {
    const { stored } = await projection();
    const leaf = storedLeaf([4, 300], { file: stored, tensor: 'weight' }, { precision: 'float16' });
    const table = { ...normal([6, 64], 1), train: false };
    const store = await storeOf({
      weight: leaf,
      whole: { ...table, precision: 'int8' },
      pairs: { ...table, precision: 'int4' },
    });
    const step = stepOf((x, _, { weight, whole, pairs }) => {
      const wide = tf.slice(tf.reshape(x, [-1, length * width]), [0, 0], [-1, 6]);
      const sums = tf.add(tf.matMul(wide, whole as tf.Tensor), tf.matMul(wide, pairs as tf.Tensor));
      return tf.add(tf.sum(sums, 1), tf.sum(weight as tf.Tensor));
    });
    const model = await exported(step, store);
    const weights = model.initializers.filter(({ name }) => !/^t\d+$/.test(name));
    expect(weights.map(({ name, type, shape }) => `${name} ${type} [${shape}]`).sort()).toEqual([
      'pairs uint8 [6,32]',
      'pairs.scales float32 [12]',
      'weight float16 [4,300]',
      'whole int8 [12,32]',
      'whole.scales float32 [12]',
    ]);
    await rm(stored);
    await expectSame((await written(model)).path, step, store, [1, 3]);
  });

  it('has its weights beside it where it would exceed the limit', async () => {
    const { store } = await projection();
    const model = await exported(stepOf(project), store);
    const { path, bytes, dataBytes } = await written(model, 8000);
    expect(bytes).toBeLessThan(4000);
    expect((await stat(`${path}.data`)).size).toBe(dataBytes);
    await expectSame(path, stepOf(project), store, [1, 3]);
  });

  it('is not finished if a stored weight is cut off', async () => {
    const { store, stored } = await projection();
    const model = await exported(stepOf(project), store);
    await truncate(stored, 2000);
    await expect(written(model)).rejects.toMatchObject({ code: 'FILE_UNREADABLE', place: stored });
  });

  it('stops when it is told to', async () => {
    const { store } = await projection();
    const model = await exported(stepOf(project), store);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(writeModel(model, description, folder, 'stopped.onnx', { signal })).rejects.toThrow('enough');
  });

  it('keeps a constant in place of an input that has one value', async () => {
    const step: Step = {
      name: 'test',
      run: (_, { x, epoch }) => ({
        updates: {},
        outputs: { prediction: tf.add(x as tf.Tensor, tf.cast(epoch as tf.Tensor, 'float32')) },
      }),
    };
    const model = await exported(step, await storeOf());
    expect(model.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(model.initializers).toMatchObject([{ name: 'epoch', type: 'int32', shape: [] }]);
  });
});
