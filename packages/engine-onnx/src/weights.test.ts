/** Frozen weights in fewer bits: the same numbers as their values in single precision, gradients included, held once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostTensors, Leaf, Step } from '@interfuse/core';
import { normal, storedLeaf, valueAndGradients } from '@interfuse/nn';
import { holdLeaf, type ReducedPrecision, widen, writeSafetensors } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOnnxEngine } from './engine.js';
import { Graph } from './graph.js';
import type { HeldVariable, OnnxStore } from './store.js';
import { traceStep } from './trace.js';
import { heldTensors, heldWeight } from './weights.js';

const [rows, columns, batch] = [6, 96, 5];
const engine = createOnnxEngine({ threads: 1 });
const folder = mkdtempSync(join(tmpdir(), 'interfuse-precision-'));
const file = join(folder, 'model.safetensors');
const waves = (size: number, pitch: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(pitch * (i + 1)));
const weight = waves(rows * columns, 1.3);

beforeAll(async () => {
  const transpose = weight.map((_, i) => weight[(i % rows) * columns + Math.floor(i / rows)] as number);
  await writeSafetensors(file, {
    weight: { shape: [rows, columns], data: weight },
    transpose: { shape: [columns, rows], data: transpose },
  });
});
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true });
});

const precisions = ['float16', 'int8', 'int4'] as const satisfies readonly ReducedPrecision[];

const leaves = (precision: ReducedPrecision): Record<string, Leaf> => ({
  'stored as it is': storedLeaf([rows, columns], { file, tensor: 'weight' }, { precision }),
  'stored transposed': storedLeaf([rows, columns], { file, tensor: 'transpose', transposed: true }, { precision }),
  fresh: { ...normal([rows, columns], 0.02), train: false, precision },
});

/** What a projection, its gradient and a table make of a weight. */
function compute(w: tf.Tensor, x: tf.Tensor, y: tf.Tensor): Record<string, tf.Tensor> {
  const product = (input: tf.Tensor): tf.Tensor => tf.matMul(input as tf.Tensor2D, w as tf.Tensor2D, false, true);
  const { gradients } = valueAndGradients(
    ({ input }) => ({ value: tf.sum(tf.mul(product(input as tf.Tensor), y)), rest: {} }),
    { input: x },
  );
  const table = tf.gather(w, tf.tensor2d([[rows - 1, 0, 2]], [1, 3], 'int32'));
  return { product: product(x), gradient: gradients.input as tf.Tensor, table };
}

const step: Step = {
  name: 'project',
  run: ({ weight: w }, { x, y }) => ({
    updates: {},
    outputs: compute(w as tf.Tensor, x as tf.Tensor, y as tf.Tensor),
  }),
};

const inputs: HostTensors = {
  x: { shape: [batch, columns], type: 'float32', data: waves(batch * columns, 0.7) },
  y: { shape: [batch, rows], type: 'float32', data: waves(batch * rows, 2.1) },
};

async function storeOf(leaf: Leaf): Promise<OnnxStore> {
  const store = engine.createStore() as OnnxStore;
  await store.allocate(new Map([['weight', leaf]]), 3);
  return store;
}

/** Tensors that a store feeds for a weight. */
const held = (store: OnnxStore, path = 'weight') => (store.variables.get(path) as HeldVariable).tensors;

describe.each(precisions)('a frozen weight in %s', (precision) => {
  it.each(Object.entries(leaves(precision)))(
    '%s: product, gradient and rows are those of its values',
    async (_, leaf) => {
      const store = await storeOf(leaf);
      expect(store.variables.get('weight')?.kind).toBe('held');
      const values = (await store.read(['weight'])).weight?.data as Float32Array;
      const outputs = await engine.compile(step, store).run(inputs);
      await tf.setBackend('cpu');
      const tensor = ({ data, shape }: { data: unknown; shape: readonly number[] }): tf.Tensor =>
        tf.tensor(data as Float32Array, shape as number[]);
      const expected = compute(
        tf.tensor(values, [rows, columns]),
        tensor(inputs.x as HostTensors[string]),
        tensor(inputs.y as HostTensors[string]),
      );
      for (const [name, { shape, data }] of Object.entries(outputs)) {
        const reference = expected[name]?.dataSync() as Float32Array;
        expect(shape).toEqual(expected[name]?.shape);
        reference.forEach((value, i) => {
          expect(Math.abs((data[i] as number) - value)).toBeLessThan(1e-5);
        });
      }
      // Rows are copied and scaled, not added up.
      expect(outputs.table?.data).toEqual(expected.table?.dataSync());
    },
  );

  it('is what its file holds, reduced, however it lies there', async () => {
    const expected = widen(holdLeaf('weight', storedLeaf([rows, columns], { file, tensor: '' }), precision, weight));
    const { 'stored as it is': plain, 'stored transposed': transposed } = leaves(precision);
    for (const leaf of [plain, transposed] as Leaf[]) {
      expect((await (await storeOf(leaf)).read(['weight'])).weight?.data).toEqual(expected);
    }
  });

  it('is held once for all leaves, stores and programs that read it', async () => {
    const leaf = storedLeaf([rows, columns], { file, tensor: 'weight' }, { precision });
    const training = await storeOf(leaf);
    await training.allocate(new Map([['copy', { ...leaf }]]), 3);
    const evaluation = await storeOf({ ...leaf });
    expect(held(training, 'copy').values).toBe(held(training).values);
    expect(held(evaluation).values.data).toBe(held(training).values.data);
    for (const store of [training, evaluation]) {
      const fed = [...traceStep(step, store, inputs).held.values()].map(({ tensor }) => tensor.data);
      expect(fed[0]).toBe(held(training).values.data);
    }
  });

  it('is never one that is trained', async () => {
    const store = await storeOf({ ...leaves(precision)['stored as it is'], train: true } as Leaf);
    expect(store.variables.get('weight')?.kind).toBe('resident');
    expect((await store.read(['weight'])).weight?.data).toEqual(weight);
  });

  it('is widened by every reader for itself where weights are large', async () => {
    const graph = new Graph();
    const values = holdLeaf('weight', leaves(precision).fresh as Leaf, precision, weight);
    const { values: entries, scales } = heldTensors(values, [rows, columns]);
    const feeds: Record<string, Tensor> = {
      entries,
      x: new Tensor('float32', waves(batch * columns, 0.7), [batch, columns]),
    };
    graph.input({ name: 'entries', type: entries.type as 'int8', shape: entries.dims });
    if (scales) {
      feeds.scales = scales;
      graph.input({ name: 'scales', type: 'float32', shape: scales.dims });
    }
    graph.input({ name: 'x', type: 'float32', shape: [batch, columns] });
    const variable = { held: values, shape: [rows, columns] } as unknown as HeldVariable;
    const w = heldWeight(graph, variable, 'entries', 'scales');
    const forward = graph.add('FusedMatMul', ['x', w], { transA: 0, transB: 1 }, 'com.microsoft');
    const output = graph.output(graph.add('MatMul', [forward, w]), 'float32', [batch, columns]);
    const count = (): number =>
      graph.parts([output.name]).nodes.filter(({ operation }) => /^(Cast|DequantizeLinear)$/.test(operation)).length;
    const run = async (): Promise<Float32Array> => {
      const session = await InferenceSession.create(graph.serialise([output]).model);
      const results = await session.run(feeds);
      await session.release();
      return (results[output.name] as Tensor).data as Float32Array;
    };
    const [before, shared] = [count(), await run()];
    graph.widenForEachReader();
    expect(count()).toBe(2 * before);
    expect(await run()).toEqual(shared);
  });
});

describe('a frozen weight in float32', () => {
  it('is converted where its file holds less, and mapped where it holds the same', async () => {
    const half = join(folder, 'half.safetensors');
    await writeSafetensors(half, { weight: { shape: [rows, columns], data: weight, type: 'F16' } });
    const kindOf = async (source: string, precision: 'float32' | 'float16'): Promise<string | undefined> =>
      (await storeOf(storedLeaf([rows, columns], { file: source, tensor: 'weight' }, { precision }))).variables.get(
        'weight',
      )?.kind;
    expect(await kindOf(half, 'float32')).toBe('resident');
    expect(await kindOf(half, 'float16')).toBe('external');
    expect(await kindOf(file, 'float32')).toBe('external');
  });
});
