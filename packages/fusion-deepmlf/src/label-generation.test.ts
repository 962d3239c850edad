import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Encoder,
  type Engine,
  type EnginePlugin,
  type FusionHost,
  type FusionModule,
  type HostTensor,
  type HostTensors,
  type MetricFamily,
  resolveTraining,
  type Split,
  type StreamSpec,
  type TrainingSettings,
} from '@interfuse/core';
import { compileSchema } from '@interfuse/core/config';
import { mean } from '@interfuse/encoders';
import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { fusionChecks, tinyBatch, tinyHost } from '@interfuse/testing';
import {
  createBatchSource,
  createMicroBatchRunner,
  evaluateStep,
  modelLeaves,
  scalarInt,
  type Training,
  train,
  trainingLeaves,
} from '@interfuse/training/loop';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDeepmlf } from './module.js';
import { type DeepmlfOptions, deepmlf } from './plugin.js';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const seed = 3;
const size = 10;
const patience = 1;
const tiny = tinyHost({ requires: {} });

let host: FusionHost;
let module: FusionModule;
let root: string;
const engines: Record<string, Engine> = {};
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'interfuse-labels-'));
  const encoders = Object.entries(tiny.streams).map(async ([name, stream]) => [name, await meanEncoder(stream)]);
  host = { ...tiny, encoders: Object.fromEntries(await Promise.all(encoders)), samples: { train: size } };
  module = createDeepmlf(filled({ tokens: 2, depth: 1, dropout: 0, ulgm: { patience } }), host);
  for (const plugin of [cpu, onnx] as EnginePlugin[]) {
    engines[plugin.id] = await (await plugin.load())(filledBy(plugin.options as object, {}) as never, { logger });
  }
});
afterAll(async () => {
  for (const engine of Object.values(engines)) await engine.dispose();
  await rm(root, { recursive: true });
});

function filledBy(schema: object, written: object): object {
  const options = structuredClone(written);
  compileSchema(schema as { [keyword: string]: unknown })(options, 'options');
  return options;
}
const filled = (written: object) => filledBy(deepmlf.options, written) as DeepmlfOptions;

/** Without state or dropout, so that batches can be computed in pieces. */
async function meanEncoder(stream: StreamSpec): Promise<Encoder> {
  return (await mean.load())({ width: 6, dropout: 0 }, { stream, logger });
}

/** Texts of 2 to 5 words, streams of 1 to 4 steps that grow with the label, labels of both signs and one of zero. */
function split(name: 'train' | 'valid'): Split {
  const labels = Array.from({ length: size }, (_, row) => Math.fround(row === 4 ? 0 : 3 * Math.sin(2 * row + 1)));
  return {
    name,
    samples: labels.map((task, row) => ({
      id: `${row}`,
      text: 'abcdefgh'.slice(row % 4, 2 + (row % 4) + (row % 3)),
      labels: { task },
    })),
    async read(stream, rows) {
      const { width } = host.streams[stream] as StreamSpec;
      const lengths = rows.map((row) => 1 + (row % 4));
      const values = rows.flatMap((row, i) =>
        Array.from(
          { length: (lengths[i] as number) * width },
          (_, j) => Math.sin(row + j) + 0.3 * (labels[row] as number),
        ),
      );
      return { values: Float32Array.from(values), lengths };
    },
    close: async () => undefined,
  };
}

const metrics: MetricFamily = {
  columns: [{ name: 'MAE', better: 'lower', describe: 'Mean absolute error' }],
  compute: (predictions, labels) => ({
    MAE: predictions.reduce((sum, value, i) => sum + Math.abs(value - (labels[i] as number)), 0) / predictions.length,
  }),
};

const wordOf = (letter: string): number => 1 + (letter.charCodeAt(0) % 10);
function source(name: 'train' | 'valid') {
  const tokenizer = { encode: (text: string) => [...text].map(wordOf), decode: () => '', padToken: 0 };
  return createBatchSource({ split: split(name), tokenizer, textLength: 6, streams: host.streams, padding: 'fixed' });
}

const ways: Record<string, Partial<TrainingSettings>> = {
  'one program': {},
  accumulation: { accumulate: 2 },
  pieces: { pieceSize: 2 },
};

function training(engine: string, way: string, folder: string): Training {
  return {
    engine: engines[engine] as Engine,
    module,
    task: host.task,
    train: source('train'),
    valid: source('valid'),
    settings: resolveTraining(module.recipe, {
      epochs: 4,
      batchSize: 5,
      learningRate: 0.01,
      patience: 0,
      ...ways[way],
    }),
    seed,
    metrics,
    select: 'MAE',
    folder: join(root, folder),
  };
}

/** The weight files of a run, byte for byte. */
async function weights(folder: string): Promise<Record<string, string>> {
  const checkpoints = join(root, folder, 'checkpoint');
  const names = (await readdir(checkpoints)).filter((name) => name.endsWith('.safetensors'));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(checkpoints, name), 'base64')])),
  );
}

const labelsOf = (state: HostTensors, head: string): number[] =>
  Array.from((state[`state/memories/single/${head}/labels`] as HostTensor).data);

describe.each([
  { engine: 'cpu', tried: ['accumulation'] },
  { engine: 'onnx', tried: ['one program', 'pieces'] },
])('training with generated labels, on $engine', ({ engine, tried }) => {
  it.each(tried)('with %s, cut off and resumed, ends in the same bytes', async (way) => {
    const [whole, cut] = [`${engine}-${way}-whole`, `${engine}-${way}-cut`];
    const { history } = await train(training(engine, way, whole));
    const stop = new AbortController();
    const first = await train({
      ...training(engine, way, cut),
      signal: stop.signal,
      // In the third epoch, where memories and generated labels are what the first two have left.
      onProgress: ({ epoch, step }) => void (epoch === 2 && step === 1 && stop.abort()),
    });
    expect(first).toMatchObject({ status: 'interrupted', history: history.slice(0, 2) });
    expect((await train(training(engine, way, cut))).history).toEqual(history);
    expect(await weights(cut)).toEqual(await weights(whole));
  });

  /** State after the same batch of eight in each of so many epochs, parameters left as they are. */
  async function stateAfter(epochs: number, changes: Partial<TrainingSettings>): Promise<HostTensors> {
    const settings = resolveTraining(module.recipe, { batchSize: 8, accumulate: 2, ...changes });
    const context = { engine: engines[engine] as Engine, module, task: host.task, seed, settings };
    const store = context.engine.createStore();
    await store.allocate(trainingLeaves(module, settings), seed);
    const run = createMicroBatchRunner(context, store);
    const batch = tinyBatch(host, { size: 8 });
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      await run(batch, { step: epoch, epoch, learningRate: 0, completesUpdate: false });
    }
    const state = await store.read(store.paths.filter((path) => path.startsWith('state/')));
    store.dispose?.();
    return state;
  }

  it('keeps the label of the whole until patience is over, then gives each head its own', async () => {
    const given = [...(tinyBatch(host, { size: 8 })['labels/task/values'] as HostTensor).data];
    const patient = await stateAfter(patience, {});
    const later = await stateAfter(patience + 1, {});
    for (const head of ['fusion', 'streams', 'text']) {
      expect(labelsOf(patient, head).slice(0, 8), head).toEqual(given);
      const moved = labelsOf(later, head).filter(
        (label, row) => row < 8 && Math.abs(label - (given[row] as number)) > 0.01,
      );
      expect(moved.length, head).toBeGreaterThan(4);
    }
  });

  it('in pieces remembers and generates what it does at once', async () => {
    const whole = await stateAfter(3, {});
    for (const [path, { data }] of Object.entries(await stateAfter(3, { pieceSize: 3 }))) {
      data.forEach((value, i) => {
        expect(value, `${path}[${i}]`).toBeCloseTo(whole[path]?.data[i] as number, 3);
      });
    }
  });

  it('predicts in evaluation whatever is remembered', async () => {
    const store = (engines[engine] as Engine).createStore();
    await store.allocate(modelLeaves(module), seed);
    const program = (engines[engine] as Engine).compile(evaluateStep({ module, seed }), store);
    const predict = async () =>
      (await program.run({ ...tinyBatch(host, { size: 3 }), epoch: scalarInt(5) })).prediction;
    const before = await predict();
    const memories = await store.read(store.paths.filter((path) => path.startsWith('state/memories/')));
    expect(Object.keys(memories)).toHaveLength(3 * 4);
    const others = Object.entries(memories).map(([path, tensor]) => [
      path,
      { ...tensor, data: tensor.data.map(() => 7) },
    ]);
    await store.write(Object.fromEntries(others));
    expect(await predict()).toEqual(before);
    store.dispose?.();
  });
});

it('labels, losses and gradients are the same on the compiled engine', async () => {
  const checks = fusionChecks(deepmlf, {
    engines: [cpu, onnx],
    encoderSteps: 4,
    options: [{ ulgm: { patience }, lossWeights: { consistency: 0.5 } }],
    tasks: ['regression'],
  });
  await checks.find(({ name }) => name === 'every engine gives the same numbers')?.run();
});

it('nothing is remembered unless labels are generated', () => {
  const plain = createDeepmlf(filled({}), host);
  expect([...modelLeaves(plain).keys()].filter((path) => path.includes('memories'))).toEqual([]);
  expect(plain.afterStep).toBeUndefined();
});
