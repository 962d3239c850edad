import type { Engine, Leaf, TensorMap } from '@interfuse/core';
import { normal, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCpuEngine, settings } from '../small-model.test-support.js';
import { adamW } from './adamw.js';
import { clipByGlobalNorm, globalNorm } from './clip-by-global-norm.js';
import { clipByValue } from './clip-by-value.js';
import { optimizerFor } from './optimizer.js';
import { overJointLeaves, sideBySide } from './side-by-side.js';
import type { GradientTransform } from './transform.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createCpuEngine();
});
afterAll(() => engine.dispose());

const vector = (...values: number[]): tf.Tensor => tf.tensor1d(values);
const numbers = (tensor: tf.Tensor | undefined): number[] => [...(tensor?.dataSync() ?? [])];

function leaves(named: Record<string, Partial<Leaf>>): Map<string, Leaf> {
  return new Map(Object.entries(named).map(([path, extras]) => [path, { ...normal([2], 1), ...extras }]));
}

function clip(transform: GradientTransform, gradients: TensorMap, declared: Map<string, Leaf>): TensorMap {
  const context = { leaves: declared, parameters: {}, learningRate: tf.scalar(1) };
  return transform.update(gradients, {}, context).updates;
}

/** AdamW in double precision, in the order of PyTorch's documentation: decay first, then the step. */
function referenceAdamW(
  start: number,
  gradients: readonly number[],
  { rate, decay, betas: [beta1, beta2], epsilon }: { rate: number; decay: number; betas: number[]; epsilon: number },
): number {
  let [parameter, first, second] = [start, 0, 0];
  gradients.forEach((gradient, index) => {
    const t = index + 1;
    parameter -= rate * decay * parameter;
    first = (beta1 as number) * first + (1 - (beta1 as number)) * gradient;
    second = (beta2 as number) * second + (1 - (beta2 as number)) * gradient ** 2;
    const corrected = first / (1 - (beta1 as number) ** t);
    parameter -= (rate * corrected) / (Math.sqrt(second / (1 - (beta2 as number) ** t)) + epsilon);
  });
  return parameter;
}

/** Runs updates in float32 on tensors and returns the parameters after them. */
function runAdamW(optimizer: GradientTransform, declared: Map<string, Leaf>, steps: TensorMap[], rate: number) {
  let parameters: Record<string, tf.Tensor> = {};
  let state: TensorMap = {};
  for (const [path] of declared) parameters[path] = vector(0.5, -2);
  for (const [path, { shape }] of optimizer.init(declared)) state = { ...state, [path]: tf.zeros([...shape]) };
  for (const gradients of steps) {
    const result = optimizer.update(gradients, state, { leaves: declared, parameters, learningRate: tf.scalar(rate) });
    state = result.state;
    parameters = Object.fromEntries(
      Object.entries(parameters).map(([path, old]) => [path, tf.add(old, result.updates[path] as tf.Tensor)]),
    );
  }
  return { parameters, state };
}

describe('AdamW', () => {
  const betas = [0.9, 0.999] as const;
  const gradients = [0.3, -0.1, 0.25, 0.7, -0.4];
  const steps = (path: string): TensorMap[] =>
    gradients.map((gradient) => ({ [path]: vector(gradient, -2 * gradient) }));

  it('moves parameters as the formula says, decay and bias correction included', () => {
    const declared = leaves({ weight: {} });
    const optimizer = adamW({ betas, epsilon: 1e-8, weightDecay: 0.1 });
    const { parameters, state } = runAdamW(optimizer, declared, steps('weight'), 0.01);
    const reference = { rate: 0.01, decay: 0.1, betas: [...betas], epsilon: 1e-8 };
    const [first, second] = numbers(parameters.weight) as [number, number];
    expect(first).toBeCloseTo(referenceAdamW(0.5, gradients, reference), 6);
    expect(second).toBeCloseTo(
      referenceAdamW(
        -2,
        gradients.map((gradient) => -2 * gradient),
        reference,
      ),
      6,
    );
    expect(numbers(state['counters/updates'])).toEqual([5]);
  });

  it('first moves by the learning rate, whatever the size of the gradient', () => {
    // m / (1 - b1) = g and sqrt(v / (1 - b2)) = |g|: a wrong correction in float32 would show here.
    const optimizer = adamW({ betas: [0.9, 0.9999], epsilon: 0, weightDecay: 0 });
    const { parameters } = runAdamW(optimizer, leaves({ weight: {} }), [{ weight: vector(1e-4, -300) }], 0.125);
    expect(numbers(parameters.weight)[0]).toBeCloseTo(0.375, 6);
    expect(numbers(parameters.weight)[1]).toBeCloseTo(-1.875, 6);
  });

  it('decays neither leaves that say so nor groups without decay', () => {
    const declared = leaves({ decayed: {}, undecayed: { decay: false }, grouped: { group: 'quiet' } });
    const optimizer = adamW({ betas, epsilon: 1e-8, weightDecay: 0.5, groups: { quiet: { weightDecay: 0 } } });
    const zero = Object.fromEntries([...declared.keys()].map((path) => [path, vector(0, 0)]));
    const { parameters } = runAdamW(optimizer, declared, [zero], 0.1);
    expect(numbers(parameters.decayed)[1]).toBeCloseTo(-2 * (1 - 0.1 * 0.5), 6);
    expect(numbers(parameters.undecayed)).toEqual([0.5, -2]);
    expect(numbers(parameters.grouped)).toEqual([0.5, -2]);
    const all = adamW({ betas, epsilon: 1e-8, weightDecay: 0.5, decayed: 'all' });
    expect(numbers(runAdamW(all, declared, [zero], 0.1).parameters.undecayed)[1]).toBeCloseTo(-1.9, 6);
  });

  it('scales the learning rate of a group', () => {
    const declared = leaves({ fast: {}, slow: { group: 'slow' } });
    const groups = { slow: { learningRateScale: 0.25 } };
    const optimizer = adamW({ betas, epsilon: 1e-8, weightDecay: 0, groups });
    const { parameters } = runAdamW(optimizer, declared, [{ fast: vector(1, 1), slow: vector(1, 1) }], 0.2);
    expect(numbers(parameters.fast)[0]).toBeCloseTo(0.5 - 0.2, 6);
    expect(numbers(parameters.slow)[0]).toBeCloseTo(0.5 - 0.05, 6);
  });
});

describe('clipping', () => {
  const declared = leaves({ main: {}, other: {}, free: { group: 'free' } });
  const groups = { free: { clip: false } };
  const gradients = () => ({ main: vector(3, 0), other: vector(0, -4), free: vector(30, 40) });

  it('by value bounds every entry', () => {
    const clipped = clip(clipByValue(2), gradients(), declared);
    expect(Object.values(clipped).map(numbers)).toEqual([
      [2, 0],
      [0, -2],
      [2, 2],
    ]);
  });

  it('by value leaves groups alone that are excluded', () => {
    expect(numbers(clip(clipByValue(2, groups), gradients(), declared).free)).toEqual([30, 40]);
  });

  it('by global norm keeps the direction and brings the norm to the limit', () => {
    const clipped = clip(clipByGlobalNorm(1, groups), gradients(), declared);
    // |(3, 0, 0, -4)| = 5; the excluded group neither counts nor changes.
    expect(numbers(clipped.main)[0]).toBeCloseTo(0.6, 5);
    expect(numbers(clipped.other)[1]).toBeCloseTo(-0.8, 5);
    expect(numbers(clipped.free)).toEqual([30, 40]);
  });

  it('by global norm leaves small gradients as they are', () => {
    expect(numbers(clip(clipByGlobalNorm(6, groups), gradients(), declared).main)).toEqual([3, 0]);
    expect(numbers(globalNorm({ a: vector(3, 0), b: vector(0, 4) }))).toEqual([5]);
  });

  it('stands before AdamW where the settings ask for it', () => {
    const weight = new Map([['weight', zeros([2])]]);
    const optimizer = optimizerFor({ ...settings, clipValue: 0.5, clipNorm: 0, betas: [0, 0.999] });
    const { state } = runAdamW(optimizer, weight, [{ weight: vector(8, -0.25) }], 0);
    expect(numbers(state['moments/first/weight'])).toEqual([0.5, -0.25]);
  });
});

describe('small leaves side by side', () => {
  const groups = { encoders: { learningRateScale: 0.1, weightDecay: 0.3 } };
  const declared = leaves({
    weight: {},
    other: {},
    bias: { decay: false },
    shift: { decay: false },
    encoder: { group: 'encoders' },
    matrix: { shape: [1, 2], group: 'encoders' },
  });
  const gradientsAt = (step: number): TensorMap =>
    Object.fromEntries(
      [...declared].map(([path, { shape }], i) => [path, tf.reshape(vector(Math.sin(step + i), step - i), [...shape])]),
    );
  const steps = [gradientsAt(0), gradientsAt(1), gradientsAt(2)];
  const alone = adamW({ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1, groups });
  const joined = overJointLeaves(alone);

  it('move as each of them does alone, to the bit, in its own shape', () => {
    const reference = runAdamW(alone, declared, steps, 0.01).parameters;
    const { parameters } = runAdamW(joined, declared, steps, 0.01);
    for (const [path, { shape }] of declared) {
      expect(numbers(parameters[path]), path).toEqual(numbers(reference[path]));
      if (path === 'matrix') expect(parameters[path]?.shape).toEqual([...shape]);
    }
  });

  it('are one leaf for each group and decay; a leaf that has no like stays as it is', () => {
    const paths = (transform: GradientTransform, of: Map<string, Leaf>) => [...transform.init(of).keys()];
    expect(paths(joined, declared).filter((path) => path.startsWith('moments/first/'))).toEqual([
      'moments/first/joined/main/with-decay',
      'moments/first/joined/main/without-decay',
      'moments/first/joined/encoders/with-decay',
    ]);
    const single = leaves({ weight: {}, bias: { decay: false } });
    expect(paths(joined, single)).toEqual(paths(alone, single));
    const large = leaves({ weight: { shape: [200, 200] }, other: { shape: [200, 200] } });
    expect(paths(joined, large)).toEqual(paths(alone, large));
  });

  it('have the norm that they have one by one', () => {
    const gradients = gradientsAt(1);
    const norm = numbers(globalNorm(sideBySide(gradients, declared)))[0] as number;
    expect(norm).toBeCloseTo(numbers(globalNorm(gradients))[0] as number, 5);
  });
});
