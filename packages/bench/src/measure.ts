/** Times of repeated asynchronous work, and the machine's rate of matrix products to hold them against. */
import type { Engine, HostTensor } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

/** A line of the table. */
export interface Figure {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
}

/** Seconds of each repetition; the first `cold` of them are apart. */
export interface Times {
  readonly cold: readonly number[];
  readonly warm: readonly number[];
}

export async function measure(
  run: (repetition: number) => Promise<unknown>,
  cold: number,
  warm: number,
): Promise<Times> {
  const seconds: number[] = [];
  for (let repetition = 0; repetition < cold + warm; repetition += 1) {
    const start = performance.now();
    await run(repetition);
    seconds.push((performance.now() - start) / 1000);
  }
  return { cold: seconds.slice(0, cold), warm: seconds.slice(cold) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** Values that are neither zero nor alike. */
export function waves(shape: readonly number[]): HostTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { shape, type: 'float32', data: Float32Array.from({ length: size }, (_, i) => Math.sin(1.3 * i)) };
}

const side = 1024;

/** Billions of floating-point operations per second in products of 1024 x 1024 matrices, through the same runtime. */
export async function productRate(engine: Engine): Promise<() => Promise<number>> {
  // Eight products in a row, so that the way in and out does not count.
  const program = engine.compile(
    {
      name: 'product',
      run(_, { a, b }) {
        let product = a as tf.Tensor2D;
        for (let i = 0; i < 8; i += 1) product = tf.matMul(product, b as tf.Tensor2D);
        return { updates: {}, outputs: { corner: tf.slice(product, [0, 0], [1, 1]) } };
      },
    },
    engine.createStore(),
  );
  const inputs = { a: waves([side, side]), b: waves([side, side]) };
  return async () => {
    const { warm } = await measure(() => program.run(inputs), 1, 5);
    return (8 * 2 * side ** 3) / median(warm) / 1e9;
  };
}
