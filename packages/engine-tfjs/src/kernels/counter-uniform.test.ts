import type { Engine, HostTensor } from '@interfuse/core';
import { createRandom, drawKey, hashString, mix32, uniformAt } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../engine.js';

const engines: Engine[] = [];
beforeAll(async () => {
  for (const id of ['wasm', 'cpu'] as const) engines.push(await createEngine(id));
});
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

/** One draw of `shape` from the fork `name`, at a step of a run with this seed. */
async function draw(
  engine: Engine,
  shape: number[],
  { seed = 1, step = 0, name = 'dropout' } = {},
): Promise<HostTensor> {
  const program = engine.compile(
    {
      name: 'draw',
      run: (_, inputs) => ({
        updates: {},
        outputs: {
          uniform: createRandom(seed, inputs.step as tf.Tensor)
            .fork(name)
            .uniform(shape),
        },
      }),
    },
    engine.createStore(),
  );
  const { uniform } = await program.run({ step: { shape: [], type: 'int32', data: Int32Array.of(step) } });
  return uniform as HostTensor;
}

const count = 100_000;
const sample = async (settings = {}): Promise<number[]> => [
  ...(await draw(engines[0] as Engine, [count], settings)).data,
];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's coefficient of two samples. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], y: readonly number[], mx: number, my: number): number =>
    mean(x.map((value, index) => (value - mx) * ((y[index] as number) - my)));
  return product(a, b, meanA, meanB) / Math.sqrt(product(a, a, meanA, meanA) * product(b, b, meanB, meanB));
}

/** Four standard errors: a fixed draw either lies within or the generator is poor. */
const bound = 4 / Math.sqrt(count);

describe('the random kernel', () => {
  it('gives the numbers of the reference, bit for bit, on every engine', async () => {
    for (const [seed, step] of [
      [1, 0],
      [2 ** 31, 12_345],
      [4_294_967_295, 2 ** 31 - 1],
    ] as const) {
      // As createRandom derives them: the key from the seed, the stream from the fork and the number of the draw.
      const key = mix32(mix32(seed) ^ 0x5bd1e995);
      const stream = mix32(hashString('dropout', hashString('')) + 1);
      const constant = drawKey(key, step, stream);
      const expected = Float32Array.from({ length: 385 }, (_, index) => uniformAt(constant, index));
      for (const engine of engines) {
        expect(await draw(engine, [7, 11, 5], { seed, step })).toEqual({
          shape: [7, 11, 5],
          type: 'float32',
          data: expected,
        });
      }
    }
  });

  it('stays within [0, 1), with the mean, variance and fill of a uniform distribution', async () => {
    const values = await sample();
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(bound * Math.sqrt(1 / 12));
    // Var((u - 1/2)^2) = 1/80 - 1/144 = 1/180.
    expect(Math.abs(mean(values.map((value) => (value - 1 / 2) ** 2)) - 1 / 12)).toBeLessThan(
      bound * Math.sqrt(1 / 180),
    );
    const bins = new Array<number>(100).fill(0);
    for (const value of values) bins[Math.floor(value * 100)]! += 1;
    const chiSquared = bins.reduce((sum, observed) => sum + (observed - count / 100) ** 2 / (count / 100), 0);
    // Within the middle 99.8 % of chi-squared with 99 degrees of freedom.
    expect(chiSquared).toBeGreaterThan(60);
    expect(chiSquared).toBeLessThan(149);
  });

  it('shows no correlation with itself, shifted', async () => {
    const values = await sample();
    for (const lag of [1, 2, 3, 8, 64, 1000]) {
      expect(Math.abs(correlation(values.slice(0, -lag), values.slice(lag)))).toBeLessThan(bound * 1.01);
    }
  });

  it('gives unrelated numbers for another step, seed or fork', async () => {
    const values = await sample();
    for (const other of [{ step: 1 }, { step: 2 }, { seed: 2 }, { name: 'dropouts' }, { name: 'masks' }]) {
      expect(Math.abs(correlation(values, await sample(other)))).toBeLessThan(bound);
    }
  });

  it('gives new numbers on every draw of a step, and the same ones when the step is run again', async () => {
    const engine = engines[0] as Engine;
    const program = engine.compile(
      {
        name: 'twice',
        run(_, { step }) {
          const random = createRandom(5, step as tf.Tensor);
          return { updates: {}, outputs: { first: random.uniform([count]), second: random.uniform([count]) } };
        },
      },
      engine.createStore(),
    );
    const inputs = { step: { shape: [], type: 'int32', data: Int32Array.of(3) } } as const;
    const { first, second } = await program.run(inputs);
    expect(Math.abs(correlation([...(first?.data ?? [])], [...(second?.data ?? [])]))).toBeLessThan(bound);
    expect(await program.run(inputs)).toEqual({ first, second });
  });

  it('reads no value back to find the step', async () => {
    for (const { id } of engines) {
      await tf.setBackend(id);
      const read = vi.spyOn(tf.backend(), 'readSync');
      tf.tidy(() => createRandom(1, tf.scalar(3, 'int32')).uniform([10]));
      expect(read).not.toHaveBeenCalled();
      read.mockRestore();
    }
  });
});
