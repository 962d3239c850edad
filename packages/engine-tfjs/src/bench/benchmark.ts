/** How fast the wasm engine is, and how much of its own matrix products' rate a training-like step keeps. */

import { createRandom } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { createEngine } from '../engine.js';
import { decoder, decoderFlops, decoderInputs, decoderLeaves, decoderStep } from './decoder-step.js';

export interface BenchmarkRow {
  readonly name: string;
  /** Median over the repetitions. */
  readonly milliseconds: number;
  /** Of floating-point operations, or of random numbers where `unit` says so. */
  readonly billionsPerSecond: number;
  readonly unit: 'GFLOP/s' | 'G numbers/s';
  /** The rate divided by that of the 512 x 512 x 512 product measured in the same process. */
  readonly ofProduct?: number;
}

const square = [512, 512, 512] as const;

/** Rows x inner x columns: a square, the projections of the decoder forward and backward, and a batch of attention's. */
const products: readonly (readonly [number, number, number])[] = [
  square,
  [1280, 64, 172],
  [64, 1280, 172],
  [1280, 172, 64],
  [1024, 64, 512],
];
const attentionProducts: readonly (readonly [number, number, number, number])[] = [
  [256, 40, 8, 40],
  [256, 40, 40, 8],
];

/** Takes some seconds. Run it on an otherwise idle machine. */
export async function runBenchmark(): Promise<BenchmarkRow[]> {
  const engine = await createEngine('wasm');
  await tf.setBackend('wasm');
  const reference = measureProduct([], square);
  const rows = [
    ...products.map((size) => (size === square ? reference : measureProduct([], size))),
    ...attentionProducts.map(([batch, ...size]) => measureProduct([batch], size)),
    measureUniform(1_000_000),
  ];

  const store = engine.createStore();
  await store.allocate(decoderLeaves, 1);
  const program = engine.compile(decoderStep, store);
  const times: number[] = [];
  for (let repetition = 0; repetition < 30; repetition += 1) {
    const start = performance.now();
    await program.run(decoderInputs);
    times.push(performance.now() - start);
  }
  await engine.dispose();
  const { blocks, width, batch, time } = decoder;
  const step = row(
    `decoder step, ${blocks} blocks x ${width}, ${batch} x ${time} tokens`,
    times.slice(10),
    decoderFlops,
  );
  return [...rows, { ...step, ofProduct: step.billionsPerSecond / reference.billionsPerSecond }];
}

function measureProduct(outer: number[], [rows, inner, columns]: readonly [number, number, number]): BenchmarkRow {
  const random = createRandom(1, tf.scalar(0, 'int32'));
  const [a, b] = [random.uniform([...outer, rows, inner]), random.uniform([...outer, inner, columns])];
  const times = measure(20, () => tf.matMul(a, b));
  tf.dispose([a, b]);
  const batch = outer.reduce((size, extent) => size * extent, 1);
  const name = `product ${[...outer, rows, inner, columns].join(' x ')}`;
  return row(name, times, 2 * batch * rows * inner * columns);
}

function measureUniform(count: number): BenchmarkRow {
  const random = createRandom(1, tf.scalar(0, 'int32'));
  return {
    ...row(
      `${count} random numbers`,
      measure(20, () => random.uniform([count])),
      count,
    ),
    unit: 'G numbers/s',
  };
}

/** Times of a synchronous computation in milliseconds, after some that do not count. */
function measure(repetitions: number, compute: () => tf.Tensor): number[] {
  const times: number[] = [];
  for (let repetition = -5; repetition < repetitions; repetition += 1) {
    const start = performance.now();
    const result = compute();
    if (repetition >= 0) times.push(performance.now() - start);
    result.dispose();
  }
  return times;
}

function row(name: string, times: readonly number[], operations: number): BenchmarkRow {
  const sorted = [...times].sort((a, b) => a - b);
  const milliseconds = sorted[Math.floor(sorted.length / 2)] as number;
  return { name, milliseconds, billionsPerSecond: operations / milliseconds / 1e6, unit: 'GFLOP/s' };
}
