/** What the compiled engine holds on to: memory over many steps, compiled sessions, frozen weights, profiles. */
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostTensors, Leaf, Step, TensorMap } from '@interfuse/core';
import { flattenLeaves, linear, linearLeaves, nestTensors, relu, storedLeaf, valueAndGradients } from '@interfuse/nn';
import { encodeHeader, SafetensorsFile, writeSafetensors } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOnnxEngine, liveSessions } from './engine.js';
import { Graph } from './graph.js';
import type { OnnxStore } from './store.js';
import { largeWeights, traceStep } from './trace.js';

const debug = vi.fn();
const engine = createOnnxEngine({ threads: 1, logger: { debug, info: () => undefined, warn: () => undefined } });
afterEach(async () => {
  await engine.dispose();
  vi.restoreAllMocks();
});

const width = 256;
const tree = { first: linearLeaves(width, width), last: linearLeaves(width, 1) };

/** Gradient descent with momentum, whose moments stand beside the parameters. */
const descend: Step = {
  name: 'descend',
  run(variables, { x }) {
    const parameters = Object.fromEntries(Object.entries(variables).filter(([path]) => !path.startsWith('moments/')));
    const { value, gradients } = valueAndGradients((params) => {
      const { first, last } = nestTensors(tree, params);
      return { value: tf.mean(tf.square(linear(last, relu(linear(first, x as tf.Tensor))))), rest: {} };
    }, parameters);
    const updates: Record<string, tf.Tensor> = {};
    for (const [path, values] of Object.entries(parameters)) {
      const moment = tf.add(tf.mul(variables[`moments/${path}`] as tf.Tensor, 0.9), gradients[path] as tf.Tensor);
      updates[`moments/${path}`] = moment;
      updates[path] = tf.sub(values, tf.mul(moment, 1e-4));
    }
    return { updates: updates satisfies TensorMap, outputs: { loss: value } };
  },
};

const batch = (size: number): HostTensors => ({
  x: { shape: [size, width], type: 'float32', data: new Float32Array(size * width).fill(0.1) },
});

async function trainedStore(): Promise<OnnxStore> {
  const store = engine.createStore() as OnnxStore;
  const leaves = flattenLeaves(tree);
  const moments = [...leaves].map(([path, leaf]): [string, Leaf] => [`moments/${path}`, leaf]);
  await store.allocate(new Map([...leaves, ...moments]), 1);
  return store;
}

describe('memory', () => {
  it('is flat over 500 steps', async () => {
    const program = engine.compile(descend, await trainedStore());
    const steps = async (count: number) => {
      for (let step = 0; step < count; step += 1) await program.run(batch(32));
      globalThis.gc?.();
      return process.memoryUsage().rss;
    };
    const before = await steps(100);
    const after = await steps(500);
    // One copy of the variables a step would be 500 times half a megabyte.
    expect((after - before) / 2 ** 20).toBeLessThan(30);
  });

  it('holds each variable once, and once more only where it cannot be written in place', async () => {
    const store = await trainedStore();
    const program = engine.compile(descend, store);
    for (let step = 0; step < 5; step += 1) await program.run(batch(32));
    const buffers = () =>
      [...store.variables.values()].flatMap((variable) =>
        variable.kind === 'resident' ? [variable.current.data, ...(variable.spare ? [variable.spare.data] : [])] : [],
      );
    const before = new Set(buffers());
    expect(before.size).toBeLessThanOrEqual(2 * store.paths.length);
    for (let step = 0; step < 5; step += 1) await program.run(batch(32));
    expect(buffers().every((buffer) => before.has(buffer))).toBe(true);
    expect(buffers()).toHaveLength(before.size);
  });
});

describe('compiled sessions', () => {
  it('are released where they were not used for longest, and compiled anew when they come again', async () => {
    // A class, though it is declared as a factory.
    const { prototype } = InferenceSession as unknown as { prototype: InferenceSession };
    const release = vi.spyOn(prototype, 'release');
    const program = engine.compile(descend, await trainedStore());
    const signatures = engine.costs?.().signatures ?? 0;
    for (let size = 1; size <= liveSessions; size += 1) await program.run(batch(size));
    expect(release).not.toHaveBeenCalled();
    await program.run(batch(1));
    await program.run(batch(liveSessions + 1)); // in place of 2
    expect(release).toHaveBeenCalledTimes(1);
    await program.run(batch(1));
    expect(engine.costs?.().signatures).toBe(signatures + liveSessions + 1);
    await program.run(batch(2));
    expect(engine.costs?.().signatures).toBe(signatures + liveSessions + 2);
    await engine.dispose();
    expect(release).toHaveBeenCalledTimes(2 + liveSessions);
  });

  it('are not released while they run', async () => {
    const total: Step = {
      name: 'total',
      run: (_, { x }) => ({ updates: {}, outputs: { sum: tf.sum(x as tf.Tensor) } }),
    };
    const program = engine.compile(total, engine.createStore());
    const sizes = Array.from({ length: liveSessions + 3 }, (_, i) => i + 1);
    const results = await Promise.all(sizes.map((size) => program.run(batch(size))));
    results.forEach(({ sum }, i) => {
      expect(sum?.data[0]).toBeCloseTo(0.1 * width * (i + 1), 2);
    });
  });

  it('say what they cost', async () => {
    debug.mockClear();
    const before = engine.costs?.() ?? { compileSeconds: 0, signatures: 0 };
    await engine.compile(descend, await trainedStore()).run(batch(4));
    const after = engine.costs?.() ?? before;
    expect(after.signatures).toBe(before.signatures + 1);
    expect(after.compileSeconds).toBeGreaterThan(before.compileSeconds);
    expect(debug).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^onnx: compiled descend \(\d+ nodes\) in \d+ ms$/),
    );
  });
});

describe('frozen weights', () => {
  it('stay in their file until somebody asks for them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'interfuse-frozen-'));
    try {
      const file = join(folder, 'model.safetensors');
      const data = Float32Array.of(1, 2, 3, 4, 5, 6);
      await writeSafetensors(file, { weight: { shape: [2, 3], data } });
      const readValues = vi.spyOn(SafetensorsFile.prototype, 'values');
      const store = engine.createStore();
      const leaf = storedLeaf([2, 3], { file, tensor: 'weight' });
      await store.allocate(
        new Map([
          ['frozen', leaf],
          ['trained', { ...leaf, train: true }],
        ]),
        1,
      );
      expect(readValues.mock.calls.map(([name]) => name)).toEqual(['weight']); // the trained one
      readValues.mockClear();
      const sum: Step = {
        name: 'sum',
        run: ({ frozen }) => ({ updates: {}, outputs: { sum: tf.sum(frozen as tf.Tensor) } }),
      };
      const { sum: total } = await engine.compile(sum, store).run({});
      expect(total?.data[0]).toBe(21);
      expect(readValues).not.toHaveBeenCalled();
      expect((await store.read(['frozen'])).frozen?.data).toEqual(data);
      expect(readValues).toHaveBeenCalledTimes(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('leaves that a file joins along their rows', () => {
  it('are read where they lie, frozen or trained', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'interfuse-joined-'));
    try {
      const file = join(folder, 'model.safetensors');
      await writeSafetensors(file, { joined: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) } });
      const leaf = storedLeaf([2, 2], { file, tensor: 'joined', rows: { first: 1, of: 3 } });
      const store = engine.createStore();
      await store.allocate(
        new Map([
          ['frozen', leaf],
          ['trained', { ...leaf, train: true }],
        ]),
        1,
      );
      const both: Step = {
        name: 'both',
        run: ({ frozen, trained }) => ({
          updates: {},
          outputs: { joined: tf.concat([frozen as tf.Tensor, trained as tf.Tensor]) },
        }),
      };
      const { joined } = await engine.compile(both, store).run({});
      expect(Array.from(joined?.data ?? [])).toEqual([3, 4, 5, 6, 3, 4, 5, 6]);
      expect(Array.from((await store.read(['frozen'])).frozen?.data ?? [])).toEqual([3, 4, 5, 6]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('frozen weights in a graph', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interfuse-weights-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** A file of zeros that holds one matrix; nothing is written but its header. */
  async function matrixFile(type: 'F32' | 'BF16', rows: number, columns: number): Promise<string> {
    const file = join(folder, `${type}-${rows}-${columns}.safetensors`);
    const length = rows * columns * (type === 'F32' ? 4 : 2);
    const entry = { dtype: type, shape: [rows, columns], data_offsets: [0, length] };
    const header = encodeHeader({ weight: entry });
    await writeFile(file, header);
    await truncate(file, header.byteLength + length);
    return file;
  }

  /** The nodes of a step over a stored weight, and the step itself. */
  async function graphOver(leaf: Leaf, compute: (weight: tf.Tensor2D, x: tf.Tensor2D) => tf.Tensor) {
    const store = engine.createStore() as OnnxStore;
    await store.allocate(new Map([['weight', leaf]]), 1);
    const step: Step = {
      name: 'product',
      run: ({ weight }, { x }) => ({
        updates: {},
        outputs: { y: compute(weight as tf.Tensor2D, x as tf.Tensor2D) },
      }),
    };
    const graph = new Graph();
    const traced = traceStep(step, store, batch(2), graph);
    const { nodes } = graph.parts([...traced.outputs.values()].map(({ name }) => name));
    return { operations: nodes.map(({ operation }) => operation), traced, program: engine.compile(step, store) };
  }

  it('that lie transposed in their file are multiplied as they lie there', async () => {
    const file = await matrixFile('F32', width, 3);
    const leaf = storedLeaf([3, width], { file, tensor: 'weight', transposed: true });
    const { operations, program } = await graphOver(leaf, (weight, x) => tf.matMul(x, weight, false, true));
    expect(operations).toEqual(['FusedMatMul']);
    expect((await program.run(batch(2))).y?.shape).toEqual([2, 3]);
  });

  it('that are small may be packed and cast once by each session', async () => {
    const leaf = storedLeaf([width, width], { file: await matrixFile('BF16', width, width), tensor: 'weight' });
    const { operations, traced } = await graphOver(leaf, (weight, x) => tf.matMul(tf.matMul(x, weight), weight));
    expect(traced.mapsLargeWeights).toBe(false);
    expect(operations).toEqual(['Cast', 'MatMul', 'MatMul']);
  });

  it('that are large are shared by all sessions: each product casts for itself, and a table only the rows it reads', async () => {
    const rows = largeWeights / 2 / width + 1;
    const leaf = storedLeaf([rows, width], { file: await matrixFile('BF16', rows, width), tensor: 'weight' });
    const { operations, traced, program } = await graphOver(leaf, (weight, x) => {
      const scores = tf.matMul(x, weight, false, true);
      return tf.add(tf.matMul(scores, weight), tf.gather(weight, [1, rows - 1]));
    });
    expect(traced.mapsLargeWeights).toBe(true);
    expect(operations.slice(0, 2)).toEqual(['Cast', 'Cast']);
    expect(operations.filter((operation) => operation === 'Cast')).toHaveLength(3);
    expect(operations.slice(operations.indexOf('Gather')).slice(0, 2)).toEqual(['Gather', 'Cast']);
    expect(Array.from((await program.run(batch(2))).y?.data ?? [])).toEqual(new Array(2 * width).fill(0));
  });
});

describe('a checkpoint of several files', () => {
  const product: Step = {
    name: 'product',
    run: (variables) => ({
      updates: {},
      outputs: { y: tf.matMul(variables.first as tf.Tensor2D, variables.second as tf.Tensor2D) },
    }),
  };

  it('may be a folder of links, as in the cache of Hugging Face', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'interfuse-cache-'));
    try {
      const [blobs, snapshot] = [join(cache, 'blobs'), join(cache, 'snapshots', 'e5f1')];
      await mkdir(blobs);
      await mkdir(snapshot, { recursive: true });
      const store = engine.createStore() as OnnxStore;
      for (const [i, path] of ['first', 'second'].entries()) {
        const data = Float32Array.of(i + 1, i + 2, i + 3, i + 4);
        await writeSafetensors(join(blobs, `hash${i}`), { weight: { shape: [2, 2], data, type: 'F16' } });
        const file = join(snapshot, `model-0000${i + 1}-of-00002.safetensors`);
        await symlink(join('..', '..', 'blobs', `hash${i}`), file);
        await store.allocate(new Map([[path, storedLeaf([2, 2], { file, tensor: 'weight' })]]), 1);
      }
      expect([...store.variables.values()].map(({ kind }) => kind)).toEqual(['external', 'external']);
      const { y } = await engine.compile(product, store).run({});
      expect([...(y?.data ?? [])]).toEqual([1 * 2 + 2 * 4, 1 * 3 + 2 * 5, 3 * 2 + 4 * 4, 3 * 3 + 4 * 5]);
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  it('is refused where a weight that would stay in its file is no number', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'interfuse-nan-'));
    try {
      const file = join(folder, 'model.safetensors');
      await writeSafetensors(file, { weight: { shape: [2], data: Float32Array.of(1, Number.NaN) } });
      const allocated = engine
        .createStore()
        .allocate(new Map([['weight', storedLeaf([2], { file, tensor: 'weight' })]]), 1);
      await expect(allocated).rejects.toMatchObject({ code: 'WEIGHTS_NOT_FINITE', place: `${file}: weight` });
      const rows = (first: number): Leaf => storedLeaf([1], { file, tensor: 'weight', rows: { first, of: 2 } });
      await engine.createStore().allocate(new Map([['first', rows(0)]]), 1);
      await expect(engine.createStore().allocate(new Map([['second', rows(1)]]), 1)).rejects.toMatchObject({
        code: 'WEIGHTS_NOT_FINITE',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('may hold weights in blocks and in the rows of another program, which become resident', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'interfuse-blocks-'));
    try {
      const file = join(folder, 'model.gguf');
      const rows = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
      // A block of Q8_0 with scale 1 (0x3c00), then four rows of two.
      const block = Uint8Array.from([0, 0x3c, ...Array.from({ length: 32 }, (_, i) => i)]);
      await writeFile(file, Buffer.concat([block, new Uint8Array(rows.buffer)]));
      const spans = {
        first: { type: 'Q8_0', shape: [8, 4], begin: 0, end: 34 },
        second: { type: 'F32', shape: [4, 2], begin: 34, end: 66, interleavedHead: 4 },
      } as const;
      const store = engine.createStore() as OnnxStore;
      for (const [path, span] of Object.entries(spans)) {
        const leaf = storedLeaf(span.shape, { file, tensor: path, span });
        await store.allocate(new Map([[path, leaf]]), 1);
      }
      expect([...store.variables.values()].map(({ kind }) => kind)).toEqual(['resident', 'resident']);
      const { y } = await engine.compile(product, store).run({});
      expect(y?.shape).toEqual([8, 2]);
      // Rows 0, 2, 1, 3 of the file: [1, 2], [5, 6], [3, 4], [7, 8].
      expect([...(y?.data ?? [])].slice(0, 2)).toEqual([5 + 2 * 3 + 3 * 7, 6 + 2 * 4 + 3 * 8]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a profile', () => {
  it('counts every operation of what was compiled while it ran, and leaves no file', async () => {
    const folders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('interfuse-profile-'));
    const before = await folders();
    const take = engine.startProfile?.();
    const program = engine.compile(descend, await trainedStore());
    for (let step = 0; step < 3; step += 1) await program.run(batch(32));
    const times = (await take?.()) ?? [];
    await program.run(batch(32));
    // Two products forward; backward two for the weights and one for what lies between.
    const products = times.filter(({ operation }) => /^(Fused)?(MatMul|Gemm)$/.test(operation));
    expect(products.reduce((sum, { calls }) => sum + calls, 0)).toBe(3 * 5);
    expect(times.every(({ seconds }) => seconds >= 0)).toBe(true);
    expect(times.map(({ seconds }) => seconds)).toEqual(times.map(({ seconds }) => seconds).sort((a, b) => b - a));
    expect(await folders()).toEqual(before);
  });
});
