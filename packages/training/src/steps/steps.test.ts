import type { Engine, FusionModule, HostTensors, Sample, Step, Store, TrainingSettings } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchSource, createBatchSource } from '../batches/batch-source.js';
import {
  audio,
  createCpuEngine,
  createSmallModel,
  createSmallSplit,
  letters,
  settings,
} from '../small-model.test-support.js';
import { evaluateStep } from './evaluate-step.js';
import { batchFromInputs, scalarFloat, scalarInt } from './inputs.js';
import type { StepContext } from './objective.js';
import { accumulateStep, applyStep, clipStep, discardStep, trainStep } from './training-steps.js';
import { modelLeaves, trainingLeaves } from './variables.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createCpuEngine();
});
afterAll(() => engine.dispose());

const task = { kind: 'regression', range: [-3, 3] } as const;
const seed = 5;
const counters = { step: scalarInt(0), epoch: scalarInt(0) };
const rate = { learningRate: scalarFloat(0.01) };

function context(module: FusionModule, changes: Partial<TrainingSettings> = {}): StepContext {
  return { module, task, seed, settings: { ...settings, ...changes } };
}

async function storeFor({ module, settings: chosen }: StepContext): Promise<Store> {
  const store = engine.createStore();
  await store.allocate(trainingLeaves(module, chosen), seed);
  return store;
}

function samples(change?: (sample: Sample, row: number) => Sample): BatchSource {
  const split = createSmallSplit({ size: 8, ...(change ? { change } : {}) });
  return createBatchSource({ split, tokenizer: letters, textLength: 8, streams: { audio }, padding: 'fixed' });
}

async function run(step: Step, store: Store, inputs: HostTensors): Promise<Record<string, number[]>> {
  const outputs = await engine.compile(step, store).run(inputs);
  return Object.fromEntries(Object.entries(outputs).map(([path, { data }]) => [path, [...data]]));
}

async function values(store: Store, prefix: string): Promise<Record<string, number[]>> {
  const read = await store.read(store.paths.filter((path) => path.startsWith(prefix)));
  return Object.fromEntries(Object.entries(read).map(([path, { data }]) => [path, [...data]]));
}

function expectClose(actual: Record<string, number[]>, expected: Record<string, number[]>, digits: number): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [path, numbers] of Object.entries(expected)) {
    numbers.forEach((number, i) => {
      expect(actual[path]?.[i], `${path}[${i}]`).toBeCloseTo(number, digits);
    });
  }
}

describe('the training steps', () => {
  it('reach the same with two accumulated micro-batches as with one of double size, for a mean loss', async () => {
    const source = samples();
    const module = createSmallModel({ batchNorm: false });
    const twice = context(module, { accumulate: 2 });
    const accumulated = await storeFor(twice);
    for (const rows of [
      [0, 1, 2],
      [3, 4, 5],
    ]) {
      await run(accumulateStep(twice), accumulated, { ...(await source.batch(rows)), ...counters });
    }
    await run(applyStep(twice), accumulated, rate);

    const once = context(module);
    const whole = await storeFor(once);
    const inputs = { ...(await source.batch([0, 1, 2, 3, 4, 5])), ...counters, ...rate };
    await run(trainStep(once), whole, inputs);
    expectClose(await values(accumulated, 'moments/first/'), await values(whole, 'moments/first/'), 6);
    expectClose(await values(accumulated, 'parameters/'), await values(whole, 'parameters/'), 5);
  });

  it('fused change every variable exactly as accumulate and apply do', async () => {
    const source = samples();
    const module = createSmallModel({ dropout: 0.3, losses: true });
    const fused = context(module);
    const parted = context(module, { accumulate: 2 });
    const fusedStore = await storeFor(fused);
    const partedStore = await storeFor(parted);
    for (let step = 0; step < 3; step += 1) {
      const inputs = { ...(await source.batch([step, 4, 5])), step: scalarInt(step), epoch: scalarInt(0) };
      const fusedOutputs = await run(trainStep(fused), fusedStore, { ...inputs, ...rate });
      const outputs = await run(accumulateStep(parted), partedStore, inputs);
      Object.assign(outputs, await run(applyStep(parted), partedStore, rate));
      expect(outputs).toEqual(fusedOutputs);
    }
    const paths = fusedStore.paths.filter((path) => path !== 'counters/accumulated');
    expect(await partedStore.read(paths)).toEqual(await fusedStore.read(paths));
  });

  it('sum the gradients of micro-batches where the settings say sum', async () => {
    const batch = await samples().batch([0, 1, 2]);
    const module = createSmallModel({ batchNorm: false });
    const norms = await Promise.all(
      (['mean', 'sum'] as const).map(async (accumulation) => {
        const twice = context(module, { accumulate: 2, accumulation });
        const store = await storeFor(twice);
        for (let i = 0; i < 2; i += 1) await run(accumulateStep(twice), store, { ...batch, ...counters });
        return (await run(applyStep(twice), store, rate)).gradientNorm?.[0] as number;
      }),
    );
    expect(norms[1]).toBeCloseTo(2 * (norms[0] as number), 5);
  });

  it('clip what is accumulated so far after every micro-batch, where the settings say so', async () => {
    const source = samples();
    const module = createSmallModel({ batchNorm: false });
    const [one, other] = [await source.batch([0, 1, 2]), await source.batch([5, 6, 7])];
    const gradientsOf = async (changes: Partial<TrainingSettings>, ...batches: HostTensors[]) => {
      const chosen = context(module, { accumulate: 2, accumulation: 'sum', clipNorm: 0, ...changes });
      const store = await storeFor(chosen);
      for (const batch of batches) await run(accumulateStep(chosen), store, { ...batch, ...counters });
      return { store, chosen, gradients: await values(store, 'gradients/') };
    };
    const { gradients: first } = await gradientsOf({}, one);
    const { gradients: second } = await gradientsOf({}, other);
    const limit = 0.3 * Math.max(...Object.values(first).flat().map(Math.abs));
    const byValue = (value: number) => Math.min(Math.max(value, -limit), limit);
    const expected = Object.fromEntries(
      Object.entries(first).map(([path, numbers]) => [
        path,
        numbers.map((value, i) => byValue(byValue(value) + (second[path]?.[i] as number))),
      ]),
    );
    const inTurn = { clipAt: 'micro-batch', clipValue: limit } as const;
    expectClose((await gradientsOf(inTurn, one, other)).gradients, expected, 6);
    // Not what clipping the sum gives, nor what the sum of clipped gradients is.
    const atUpdate = await gradientsOf({ clipValue: limit }, one, other);
    expect(atUpdate.gradients).not.toEqual((await gradientsOf(inTurn, one, other)).gradients);
    // The step for micro-batches in pieces does the same to sums that were not clipped.
    await run(clipStep(atUpdate.chosen), atUpdate.store, {});
    const clippedOnce = Object.fromEntries(
      Object.entries(atUpdate.gradients).map(([path, numbers]) => [path, numbers.map(byValue)]),
    );
    expectClose(await values(atUpdate.store, 'gradients/'), clippedOnce, 6);
  });

  it('leave no gradient behind after they are discarded, and nothing else changed', async () => {
    const twice = context(createSmallModel(), { accumulate: 2 });
    const store = await storeFor(twice);
    await run(accumulateStep(twice), store, { ...(await samples().batch([0, 1, 2])), ...counters });
    const others = store.paths.filter((path) => !/^(gradients|counters)\//.test(path));
    const before = await store.read(others);
    await run(discardStep(twice), store, {});
    expect(new Set(Object.values(await values(store, 'gradients/')).flat())).toEqual(new Set([0]));
    expect((await values(store, 'counters/'))['counters/accumulated']).toEqual([0]);
    expect(await store.read(others)).toEqual(before);
  });

  it('leave no gradient behind after apply', async () => {
    const twice = context(createSmallModel(), { accumulate: 2 });
    const store = await storeFor(twice);
    await run(accumulateStep(twice), store, { ...(await samples().batch([0, 1, 2])), ...counters });
    const before = await values(store, 'gradients/');
    expect(
      Object.values(before)
        .flat()
        .some((value) => value !== 0),
    ).toBe(true);
    expect((await values(store, 'counters/'))['counters/accumulated']).toEqual([1]);
    await run(applyStep(twice), store, rate);
    expect(new Set(Object.values(await values(store, 'gradients/')).flat())).toEqual(new Set([0]));
    expect((await values(store, 'counters/'))['counters/accumulated']).toEqual([0]);
  });

  it('never change a frozen leaf, and remember nothing for it', async () => {
    const module = createSmallModel();
    const store = await storeFor(context(module));
    const before = await values(store, 'parameters/embedding');
    await run(trainStep(context(module)), store, { ...(await samples().batch([0, 1, 2])), ...counters, ...rate });
    expect(await values(store, 'parameters/embedding')).toEqual(before);
    expect(store.paths.filter((path) => path.startsWith('moments/') && path.includes('embedding'))).toEqual([]);
  });

  it('give every loss term unweighted, and the weighted sum as loss', async () => {
    const module = createSmallModel({ losses: true });
    const store = await storeFor(context(module));
    const inputs = { ...(await samples().batch([0, 1, 2])), ...counters, ...rate };
    const outputs = await run(trainStep(context(module)), store, inputs);
    const [loss, main, sound] = ['loss', 'losses/task', 'losses/sound'].map((path) => outputs[path]?.[0] as number);
    expect(loss).toBeCloseTo((main as number) + 0.5 * (sound as number), 6);
  });

  it('learn nothing from labels that are not known', async () => {
    const module = createSmallModel({ batchNorm: false });
    // Sample 1 has lost its label: learning from 0, 1, 2 is learning from 0 and 2.
    const source = samples((sample, row) => (row === 1 ? { ...sample, labels: {} } : sample));
    const results = await Promise.all(
      [
        [0, 1, 2],
        [0, 2],
      ].map(async (rows) => {
        const store = await storeFor(context(module));
        const outputs = await run(trainStep(context(module)), store, {
          ...(await source.batch(rows)),
          ...counters,
          ...rate,
        });
        return { loss: outputs.loss, moments: await values(store, 'moments/first/') };
      }),
    );
    expect(results[0]?.loss?.[0]).toBeCloseTo(results[1]?.loss?.[0] as number, 6);
    expectClose(results[0]?.moments ?? {}, results[1]?.moments ?? {}, 6);
  });

  it('advance the state: batch statistics and what follows the step', async () => {
    const module = createSmallModel();
    const store = await storeFor(context(module));
    await run(trainStep(context(module)), store, { ...(await samples().batch([2, 0, 2])), ...counters, ...rate });
    const state = await values(store, 'state/');
    expect(state['state/seen']?.slice(0, 4)).toEqual([1, 0, 2, 0]);
    expect(state['state/norm/mean']).not.toEqual([0, 0, 0, 0]);
  });

  it('draw other random numbers in another step, and the same in the same', async () => {
    const module = createSmallModel({ dropout: 0.5, batchNorm: false });
    const batch = await samples().batch([0, 1, 2, 3]);
    const losses = await Promise.all(
      [3, 3, 4].map(async (step) => {
        const inputs = { ...batch, step: scalarInt(step), epoch: scalarInt(0), ...rate };
        return (await run(trainStep(context(module)), await storeFor(context(module)), inputs)).loss;
      }),
    );
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).not.toEqual(losses[0]);
  });
});

it('steps leave no tensor behind', async () => {
  const twice = context(createSmallModel({ dropout: 0.3, losses: true }), { accumulate: 2 });
  const store = await storeFor(twice);
  const batch = { ...(await samples().batch([0, 1, 2])), ...counters };
  const tensors: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    await run(accumulateStep(twice), store, batch);
    await run(applyStep(twice), store, rate);
    await run(evaluateStep(twice), store, batch);
    tensors.push(tf.memory().numTensors);
  }
  expect(tensors[2]).toBe(tensors[0]);
});

describe('a module that breaks its word', () => {
  async function runWith(state: (state: Record<string, tf.Tensor>) => Record<string, tf.Tensor>): Promise<unknown> {
    const module = createSmallModel();
    const forward: FusionModule['forward'] = (...args) => {
      const result = module.forward(...args);
      return { ...result, state: state(result.state as Record<string, tf.Tensor>) };
    };
    const { afterStep: _, ...rest } = module;
    const broken = context({ ...rest, forward });
    const inputs = { ...(await samples().batch([0, 1])), ...counters, ...rate };
    return run(trainStep(broken), await storeFor(broken), inputs);
  }

  it('is named when it forgets a state leaf', async () => {
    await expect(runWith(({ seen: _, ...state }) => state)).rejects.toMatchObject({
      code: 'ENGINE_STEP',
      place: 'state/seen',
      expected: 'float32 [64, 1]',
    });
  });

  it('is named when it returns state of another shape, or that it did not declare', async () => {
    const misshapen = runWith((state) => ({ ...state, seen: tf.zeros([64]) }));
    await expect(misshapen).rejects.toMatchObject({ code: 'ENGINE_STEP', got: 'float32 [64]' });
    const surplus = runWith((state) => ({ ...state, extra: tf.zeros([1]) }));
    await expect(surplus).rejects.toMatchObject({ code: 'ENGINE_STEP', place: 'state/extra' });
  });

  it('is named when a loss is no scalar', async () => {
    const module = createSmallModel();
    const broken = context({ ...module, losses: (output) => ({ task: { value: output.prediction, weight: 1 } }) });
    const inputs = { ...(await samples().batch([0, 1])), ...counters, ...rate };
    await expect(run(trainStep(broken), await storeFor(broken), inputs)).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      place: 'loss task',
      got: '[2, 1]',
    });
  });
});

describe('the evaluation step', () => {
  it('needs the model only, predicts without dropout and changes nothing', async () => {
    const module = createSmallModel({ dropout: 0.5 });
    const store = engine.createStore();
    await store.allocate(modelLeaves(module), seed);
    const before = await values(store, '');
    const inputs = { ...(await samples().batch([0, 1, 2])), epoch: scalarInt(0) };
    const first = await run(evaluateStep({ module, seed }), store, inputs);
    expect(Object.keys(first)).toEqual(['prediction']);
    expect(first.prediction?.length).toBe(3);
    expect(await run(evaluateStep({ module, seed }), store, inputs)).toEqual(first);
    expect(await values(store, '')).toEqual(before);
  });

  it('returns heads and what there is to look at when asked', async () => {
    const module = createSmallModel();
    const store = engine.createStore();
    await store.allocate(modelLeaves(module), seed);
    const inputs = { ...(await samples().batch([0, 1])), epoch: scalarInt(0) };
    const outputs = await run(evaluateStep({ module, seed }, { heads: true, inspect: true }), store, inputs);
    expect(Object.keys(outputs).sort()).toEqual(['heads/sound', 'inspect/joint', 'inspect/scale', 'prediction']);
    expect(outputs['inspect/joint']?.length).toBe(2 * 4);

    const axes = {};
    const step = evaluateStep(
      { module, seed },
      { inspect: 'unsampled', onAxes: (named) => Object.assign(axes, named) },
    );
    expect(Object.keys(await run(step, store, inputs)).sort()).toEqual(['inspect/scale', 'prediction']);
    expect(axes).toEqual({ scale: ['scale'] });
  });
});

describe('inputs', () => {
  it('become the batch that they are named after', () => {
    const scalar = tf.scalar(0);
    const paths = ['rows', 'text/tokens', 'text/mask', 'text/present', 'text/prefix/2'].concat(
      ['values', 'mask', 'present'].map((field) => `streams/front/camera/${field}`),
      ['values', 'known'].map((field) => `labels/task/${field}`),
    );
    const inputs = Object.fromEntries(paths.map((path) => [path, scalar]));
    const batch = batchFromInputs(inputs);
    expect(Object.keys(batch.streams)).toEqual(['front/camera']);
    expect(Object.keys(batch.labels)).toEqual(['task']);
    expect(batch.text?.prefix).toEqual({ 2: scalar });
    const { 'text/prefix/2': _, ...others } = inputs;
    expect(batchFromInputs(others).text).not.toHaveProperty('prefix');
  });

  it('that are missing are named', async () => {
    const module = createSmallModel();
    const store = await storeFor(context(module));
    const { 'streams/audio/mask': _, ...batch } = await samples().batch([0, 1]);
    await expect(run(trainStep(context(module)), store, { ...batch, ...counters, ...rate })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      place: 'input streams/audio/mask',
    });
  });
});
