import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, HostTensor, InterfuseError, Step } from '@interfuse/core';
import { fanInUniform, initialValues, ones, storedLeaf, valueAndGradients, zeros } from '@interfuse/nn';
import { holdLeaf, widen, writeSafetensors } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from './engine.js';

const floats = (values: number[], shape: readonly number[] = [values.length]): HostTensor => ({
  shape,
  type: 'float32',
  data: Float32Array.from(values),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-engine-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(['wasm', 'cpu'] as const)('engine %s', (id) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine(id);
  });
  afterAll(() => engine.dispose());

  it('says what it runs on', async () => {
    expect(await engine.describe()).toMatchObject({
      backend: id,
      tensorflowjs: '4.22.0',
      simd: id === 'wasm',
      threads: 1,
    });
  });

  it('initialises a leaf from the seed and its path, whatever else is allocated', async () => {
    const leaf = fanInUniform([3, 4], 4);
    const store = engine.createStore();
    await store.allocate(
      new Map([
        ['other', zeros([2])],
        ['a/weight', leaf],
      ]),
      7,
    );
    const { 'a/weight': weight } = await store.read(['a/weight']);
    expect(weight).toEqual({ shape: [3, 4], type: 'float32', data: initialValues(leaf, 'a/weight', 7) });
    expect(store.paths).toEqual(['other', 'a/weight']);
  });

  it('computes on the values of weights that are held in fewer bits elsewhere, and not of those that are trained', async () => {
    const leaf = { ...fanInUniform([4, 64], 64), precision: 'int8' } as const;
    const frozen = { ...leaf, train: false };
    const store = engine.createStore();
    await store.allocate(new Map([['frozen', frozen]]), 1);
    await store.allocate(new Map([['trained', leaf]]), 1);
    const values = await store.read(['frozen', 'trained']);
    const held = holdLeaf('frozen', frozen, 'int8', initialValues(frozen, 'frozen', 1));
    expect(values.frozen?.data).toEqual(widen(held));
    expect(values.trained?.data).toEqual(initialValues(leaf, 'trained', 1));
  });

  it('reads stored leaves from their file, transposed where the file holds the transpose', async () => {
    const file = join(folder, `${id}.safetensors`);
    await writeSafetensors(file, { matrix: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } });
    const store = engine.createStore();
    const straight = storedLeaf([2, 3], { file, tensor: 'matrix' });
    const turned = storedLeaf([3, 2], { file, tensor: 'matrix', transposed: true });
    await store.allocate(
      new Map([
        ['straight', straight],
        ['turned', turned],
      ]),
      1,
    );
    const values = await store.read(['straight', 'turned']);
    expect([...(values.straight?.data ?? [])]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(values.turned?.data ?? [])]).toEqual([1, 4, 2, 5, 3, 6]);
    const wrong = storedLeaf([3, 2], { file, tensor: 'matrix' });
    await expect(store.allocate(new Map([['wrong', wrong]]), 1)).rejects.toMatchObject({
      code: 'SAFETENSORS_TENSOR',
      expected: 'floats [3, 2] for wrong',
      got: 'floats [2, 3]',
    });
  });

  it('reads stored leaves that a file joins along their rows', async () => {
    const file = join(folder, `${id}-joined.safetensors`);
    await writeSafetensors(file, { joined: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) } });
    const store = engine.createStore();
    const last = storedLeaf([2, 2], { file, tensor: 'joined', rows: { first: 1, of: 3 } });
    await store.allocate(new Map([['last', last]]), 1);
    expect([...((await store.read(['last'])).last?.data ?? [])]).toEqual([3, 4, 5, 6]);
    const beyond = storedLeaf([2, 2], { file, tensor: 'joined', rows: { first: 2, of: 3 } });
    const longer = storedLeaf([2, 2], { file, tensor: 'joined', rows: { first: 0, of: 4 } });
    for (const wrong of [beyond, longer]) {
      const allocated = store.allocate(new Map([['wrong', wrong]]), 1);
      await expect(allocated).rejects.toMatchObject({ code: 'SAFETENSORS_TENSOR' });
    }
  });

  it('learns: gradient descent on a quadratic reaches its minimum', async () => {
    const store = engine.createStore();
    await store.allocate(new Map([['x', zeros([2])]]), 1);
    const descend: Step = {
      name: 'descend',
      run(variables, inputs) {
        const { value, gradients } = valueAndGradients(
          ({ x }) => ({ value: tf.sum(tf.square(tf.sub(x as tf.Tensor, inputs.goal as tf.Tensor))), rest: {} }),
          variables,
        );
        const x = tf.sub(variables.x as tf.Tensor, tf.mul(gradients.x as tf.Tensor, 0.25));
        return { updates: { x }, outputs: { loss: value } };
      },
    };
    const program = engine.compile(descend, store);
    const first = await program.run({ goal: floats([3, -1]) });
    expect(first.loss?.data[0]).toBe(10);
    for (let step = 0; step < 30; step += 1) await program.run({ goal: floats([3, -1]) });
    const { x } = await store.read(['x']);
    // The error halves at every step: 3 * 2^-31 is below the spacing of float32 at 3.
    expect([...(x?.data ?? [])]).toEqual([3, -1]);
  });

  it('keeps no tensor behind: their number is the same after 50 steps', async () => {
    const store = engine.createStore();
    await store.allocate(
      new Map([
        ['weight', fanInUniform([4, 4], 4)],
        ['count', zeros([])],
      ]),
      1,
    );
    const step: Step = {
      name: 'train',
      run(variables, inputs) {
        const { value, gradients, rest } = valueAndGradients(
          ({ weight }) => {
            const hidden = tf.matMul(inputs.x as tf.Tensor2D, weight as tf.Tensor2D, false, true);
            return { value: tf.mean(tf.square(hidden)), rest: { hidden } };
          },
          { weight: variables.weight as tf.Tensor },
        );
        const weight = tf.sub(variables.weight as tf.Tensor, gradients.weight as tf.Tensor);
        const count = tf.add(variables.count as tf.Tensor, 1);
        return { updates: { weight, count }, outputs: { loss: value, hidden: rest.hidden } };
      },
    };
    const program = engine.compile(step, store);
    const inputs = {
      x: floats(
        Array.from({ length: 8 }, (_, index) => index / 8),
        [2, 4],
      ),
    };
    await program.run(inputs);
    const before = tf.memory().numTensors;
    for (let count = 0; count < 50; count += 1) await program.run(inputs);
    expect(tf.memory().numTensors).toBe(before);
    expect((await store.read(['count'])).count?.data[0]).toBe(51);
  });

  it('lets a step swap variables, keep one, and return an input, a variable or one tensor twice', async () => {
    const store = engine.createStore();
    const names = ['a', 'b', 'same', 'fed', 'twice', 'again'];
    await store.allocate(
      new Map(names.map((name, index) => [name, { ...ones([2]), start: { kind: 'constant', value: index } }])),
      1,
    );
    const before = tf.memory().numTensors;
    const program = engine.compile(
      {
        name: 'shuffle',
        run: ({ a, b, same }, { x }) => {
          const fresh = tf.mul(x as tf.Tensor, 2);
          return {
            updates: { a: b!, b: a!, same: same!, fed: x!, twice: fresh, again: fresh },
            outputs: { a: a!, x: x!, fresh, more: fresh },
          };
        },
      },
      store,
    );
    const outputs = await program.run({ x: floats([8, 9]) });
    const numbers = (values: Readonly<Record<string, HostTensor>>) =>
      Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, [...data]]));
    expect(numbers(outputs)).toEqual({ a: [0, 0], x: [8, 9], fresh: [16, 18], more: [16, 18] });
    expect(numbers(await store.read(names))).toEqual({
      a: [1, 1],
      b: [0, 0],
      same: [2, 2],
      fed: [8, 9],
      twice: [16, 18],
      again: [16, 18],
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('shares no memory with the host', async () => {
    const store = engine.createStore();
    await store.allocate(new Map([['x', zeros([2])]]), 1);
    const given = floats([1, 2]);
    await store.write({ x: given });
    given.data[0] = 99;
    const first = (await store.read(['x'])).x;
    expect([...(first?.data ?? [])]).toEqual([1, 2]);
    first?.data.fill(77);
    expect([...((await store.read(['x'])).x?.data ?? [])]).toEqual([1, 2]);
  });

  it.each([
    ['of another shape', { x: () => tf.zeros([3]) }, 'float32 [2]', 'float32 [3]'],
    ['of another type', { x: () => tf.zeros([2], 'int32') }, 'float32 [2]', 'int32 [2]'],
    [
      'of an unknown path',
      { y: () => tf.zeros([2]) },
      'one of the 1 variables of the store',
      'a path that was never allocated',
    ],
  ])('refuses an update %s, and changes nothing', async (_, updates, expected, got) => {
    const store = engine.createStore();
    await store.allocate(new Map([['x', ones([2])]]), 1);
    const [[path, make]] = Object.entries(updates) as [[string, () => tf.Tensor]];
    const program = engine.compile({ name: 'odd', run: () => ({ updates: { [path]: make() }, outputs: {} }) }, store);
    const before = tf.memory().numTensors;
    const error = await program.run({ unused: floats([1]) }).catch((cause: InterfuseError) => cause);
    expect(error).toMatchObject({ code: 'ENGINE_STEP', place: `step odd, update ${path}`, expected, got });
    expect(tf.memory().numTensors).toBe(before);
    expect([...((await store.read(['x'])).x?.data ?? [])]).toEqual([1, 1]);
  });

  it('refuses inputs and values whose shape, type and data disagree', async () => {
    const store = engine.createStore();
    await store.allocate(new Map([['x', zeros([2])]]), 1);
    const program = engine.compile({ name: 'copy', run: (_, { x }) => ({ updates: {}, outputs: { x: x! } }) }, store);
    await expect(program.run({ x: floats([1, 2, 3], [2]) })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      place: 'copy: x',
      expected: '2 values in a Float32Array for float32 [2]',
      got: '3 values in a Float32Array',
    });
    await expect(store.write({ x: floats([1, 2, 3]) })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      place: 'x',
      expected: 'float32 [2]',
      got: 'float32 [3]',
    });
    await expect(store.read(['z'])).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', place: 'z' });
  });

  it('brings bool and int32 through unchanged', async () => {
    const program = engine.compile(
      { name: 'copy', run: (_, inputs) => ({ updates: {}, outputs: inputs }) },
      engine.createStore(),
    );
    const inputs = {
      mask: { shape: [3], type: 'bool', data: Uint8Array.of(1, 0, 1) },
      ids: { shape: [2], type: 'int32', data: Int32Array.of(-5, 2 ** 31 - 1) },
    } as const;
    expect(await program.run(inputs)).toEqual(inputs);
  });
});

describe('two engines in one process', () => {
  it('take turns without mixing their tensors', async () => {
    const engines = [await createEngine('wasm'), await createEngine('cpu')];
    const programs = await Promise.all(
      engines.map(async (engine) => {
        const store = engine.createStore();
        await store.allocate(new Map([['x', fanInUniform([5, 5], 5)]]), 3);
        const square: Step = {
          name: 'square',
          run: ({ x }) => {
            expect(tf.getBackend()).toBe(engine.id);
            const product = tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true);
            return { updates: { x: product }, outputs: { product } };
          },
        };
        return engine.compile(square, store);
      }),
    );
    for (let turn = 0; turn < 4; turn += 1) {
      const [wasm, cpu] = await Promise.all(programs.map((program) => program.run({})));
      const expected = [...(cpu?.product?.data ?? [])];
      expect(expected).toHaveLength(25);
      wasm?.product?.data.forEach((value, index) => {
        expect(Math.abs(value - (expected[index] as number))).toBeLessThan(1e-5);
      });
    }
    for (const engine of engines) await engine.dispose();
  });

  it('do not take each other’s stores', async () => {
    const [wasm, cpu] = [await createEngine('wasm'), await createEngine('cpu')];
    const step: Step = { name: 'nothing', run: () => ({ updates: {}, outputs: {} }) };
    expect(() => wasm.compile(step, cpu.createStore())).toThrow('a store made by this wasm engine');
  });

  it('free all their tensors when disposed of', async () => {
    const engine = await createEngine('wasm');
    const before = tf.memory().numTensors;
    await engine.createStore().allocate(
      new Map([
        ['a', zeros([3])],
        ['b', zeros([4])],
      ]),
      1,
    );
    expect(tf.memory().numTensors).toBe(before + 2);
    await engine.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
