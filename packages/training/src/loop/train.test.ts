import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine, FusionModule, MetricFamily } from '@interfuse/core';
import { zeros } from '@interfuse/nn';
import { readAllTensors } from '@interfuse/safetensors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBatchSource } from '../batches/batch-source.js';
import { epochOrder } from '../batches/epoch-order.js';
import { sentimentMetrics } from '../metrics/sentiment.js';
import {
  audio,
  createCpuEngine,
  createSmallModel,
  createSmallSplit,
  letters,
  type SmallSplitOptions,
  settings,
} from '../small-model.test-support.js';
import { modelLeaves } from '../steps/variables.js';
import { bestWeightsFile, loadBest } from './checkpoint.js';
import { predict, score } from './predict.js';
import { type Training, train } from './train.js';

let engine: Engine;
let root: string;
let folders = 0;
let folder: string;
beforeAll(async () => {
  engine = await createCpuEngine();
  root = await mkdtemp(join(tmpdir(), 'interfuse-training-'));
});
beforeEach(() => {
  folders += 1;
  folder = join(root, String(folders));
});
afterAll(async () => {
  await engine.dispose();
  await rm(root, { recursive: true });
});

function source(options: SmallSplitOptions) {
  const split = createSmallSplit(options);
  return createBatchSource({ split, tokenizer: letters, textLength: 8, streams: { audio }, padding: 'fixed' });
}

function training(changes: Partial<Training> = {}): Training {
  return {
    engine,
    module: createSmallModel({ dropout: 0.3 }),
    task: { kind: 'regression', range: [-3, 3] },
    train: source({ size: 18 }),
    valid: source({ size: 7, name: 'valid' }),
    settings,
    seed: 11,
    metrics: sentimentMetrics,
    select: 'MAE',
    folder,
    ...changes,
  };
}

/** Every weight file of a run, byte for byte. */
async function weights(run: string): Promise<Record<string, string>> {
  const checkpoints = join(run, 'checkpoint');
  const names = (await readdir(checkpoints)).filter((name) => name.endsWith('.safetensors')).sort();
  const bytes = await Promise.all(names.map((name) => readFile(join(checkpoints, name), 'base64')));
  return Object.fromEntries(names.map((name, i) => [name, bytes[i] as string]));
}

/** Trains until this many micro-batches of an epoch are done, then stops as Ctrl-C would. */
function interruptedAt(epoch: number, step: number, changes: Partial<Training> = {}) {
  const stop = new AbortController();
  return train(
    training({
      ...changes,
      signal: stop.signal,
      onProgress: (progress) => {
        if (progress.epoch === epoch && progress.step === step) stop.abort();
      },
    }),
  );
}

/** Validation figures from a script, one a validation. */
function scripted(better: 'lower' | 'higher', values: number[]): Partial<Training> {
  let next = 0;
  const metrics: MetricFamily = {
    columns: [{ name: 'figure', better, describe: 'a figure from a script' }],
    compute: () => ({ figure: values[next++] as number }),
  };
  return { metrics, select: 'figure' };
}

describe('training', () => {
  it('lowers the loss and says so, epoch by epoch', async () => {
    const result = await train(
      training({ module: createSmallModel(), settings: { ...settings, epochs: 12, learningRate: 0.05, warmup: 0 } }),
    );
    expect(result.status).toBe('finished');
    expect(result.history.map(({ epoch }) => epoch)).toEqual([...new Array(12).keys()]);
    expect(result.history[11]?.loss).toBeLessThan(0.8 * (result.history[0]?.loss as number));
    expect(result.history[11]?.losses.task).toBe(result.history[11]?.loss);
    // 18 samples in micro-batches of 4: five updates an epoch, the last with 2 samples.
    expect(result.history[11]?.updates).toBe(60);
  });

  it('reports progress after every micro-batch', async () => {
    const seen: string[] = [];
    const onProgress: Training['onProgress'] = ({ epoch, epochs, step, steps }) => {
      seen.push(`${epoch}/${epochs} ${step}/${steps}`);
    };
    await train(training({ settings: { ...settings, epochs: 2, batchSize: 9 }, onProgress }));
    expect(seen).toEqual(['0/2 1/2', '0/2 2/2', '1/2 1/2', '1/2 2/2']);
  });

  it('records at the end of every epoch what the strategy shows of itself and belongs to no sample', async () => {
    const { history } = await train(training());
    const store = engine.createStore();
    const module = createSmallModel({ dropout: 0.3 });
    await store.allocate(modelLeaves(module), 11);
    await loadBest(folder, store, module);
    const { epoch } = JSON.parse(await readFile(join(folder, 'checkpoint', 'position.json'), 'utf8')).best;
    const { 'parameters/head/scale': scale } = await store.read(['parameters/head/scale']);
    expect(history[epoch]?.inspect).toEqual({ scale: Array.from(scale?.data ?? []) });
    expect(new Set(history.map(({ inspect }) => inspect?.scale?.[0])).size).toBe(history.length);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    await train(training());
    await train(training({ folder: `${folder}-again` }));
    await train(training({ folder: `${folder}-other`, seed: 12 }));
    expect(await weights(`${folder}-again`)).toEqual(await weights(folder));
    expect(await weights(`${folder}-other`)).not.toEqual(await weights(folder));
  });

  it('with modality dropout withholds in training, never in validation', async () => {
    // A rate of next to nothing: what remains of an epoch is what it saw.
    const module = createSmallModel({ batchNorm: false });
    const still = { ...settings, epochs: 1, learningRate: 1e-30 };
    const { history: whole } = await train(training({ module, settings: still }));
    const dropping = { ...still, modalityDropout: { '*': 0.5 } };
    const { history: dropped } = await train(training({ module, settings: dropping, folder: `${folder}-dropped` }));
    expect(dropped[0]?.loss).not.toBe(whole[0]?.loss);
    expect(dropped[0]?.valid).toEqual(whole[0]?.valid);
  });

  it('with accumulation applies an incomplete tail, too', async () => {
    const { history } = await train(training({ settings: { ...settings, accumulate: 3, warmup: 0, epochs: 2 } }));
    // 18 samples: four whole micro-batches of 4, hence updates after the third and the fourth.
    expect(history.map(({ updates }) => updates)).toEqual([2, 4]);
    expect(history[1]?.learningRate).toBeCloseTo(0.01 * (1 - 3 / 4), 12);
  });

  it('with the tail of accumulation dropped learns as if its samples were not there, though they pass the model', async () => {
    // Five micro-batches of 4, in twos: the last of them fills no accumulation.
    const still = createSmallModel({ batchNorm: false });
    const drop = {
      ...settings,
      batchSize: 4,
      accumulate: 2,
      accumulationTail: 'drop',
      epochs: 1,
      schedule: 'constant',
    } as const;
    const dropped = await train(training({ module: still, train: source({ size: 20 }), settings: drop }));
    expect(dropped.history[0]?.updates).toBe(2);
    const kept = { ...drop, accumulationTail: 'keep' } as const;
    const whole = await train(
      training({ module: still, train: source({ size: 20 }), settings: kept, folder: `${folder}-kept` }),
    );
    expect(whole.history[0]?.updates).toBe(3);
    // The tail was seen: the loss of the epoch counts it, from the same weights in both.
    expect(dropped.history[0]?.loss).toBe(whole.history[0]?.loss);

    // A source of the 16 samples that come first in the order of the epoch.
    const first = source({ size: 20 });
    const order = epochOrder(20, 11, 0);
    const cut: typeof first = {
      ...first,
      size: 16,
      batch: (rows, withheld) => {
        const places = epochOrder(16, 11, 0);
        return first.batch(
          rows.map((row) => order[places.indexOf(row)] as number),
          withheld,
        );
      },
    };
    await train(training({ module: still, train: cut, settings: drop, folder: `${folder}-cut` }));
    const trained = async (run: string) => {
      const stored = await readAllTensors(join(run, 'checkpoint', 'best-0.safetensors'));
      return Object.entries(stored).filter(([path]) => path.startsWith('parameters/'));
    };
    expect(await trained(folder)).toEqual(await trained(`${folder}-cut`));
    expect(await trained(folder)).not.toEqual(await trained(`${folder}-kept`));
  });

  it('refuses to drop a tail that is all there is', async () => {
    const drop = { ...settings, batchSize: 9, accumulate: 3, accumulationTail: 'drop' } as const;
    await expect(train(training({ settings: drop }))).rejects.toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'training.accumulationTail',
    });
  });

  it('lowers its rate when validation stands still, by the selected figure', async () => {
    const plateau = { ...settings, schedule: 'plateau', warmup: 0, plateauFactor: 0.5, plateauPatience: 1 } as const;
    const values = [3, 3, 3, 2, 2.1, 2.2, 2.3];
    const { history } = await train(
      training({ ...scripted('lower', values), settings: { ...plateau, epochs: 7, learningRate: 0.008 } }),
    );
    expect(history.map(({ learningRate }) => learningRate)).toEqual([0.008, 0.008, 0.008, 0.004, 0.004, 0.004, 0.002]);
  });

  it('says where the loss stopped being a number', async () => {
    // Squares of such values overflow float32 in the batch norm.
    const loud = source({ size: 18, sound: (values) => values.fill(1e38) });
    await expect(train(training({ train: loud }))).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      place: 'training, epoch 0, step 0',
    });
  });

  it('refuses to select by a column that the metrics do not have', async () => {
    await expect(train(training({ select: 'mae' }))).rejects.toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'evaluation.select',
      got: 'mae',
    });
  });
});

describe('selection', () => {
  it('takes the first of the best epochs, in the direction of the column', async () => {
    const epochs = { ...settings, epochs: 4 };
    const higher = await train(training({ ...scripted('higher', [0.5, 0.7, 0.7, 0.1]), settings: epochs }));
    expect(higher.best).toEqual({ epoch: 1, value: 0.7 });
    const lower = training({ ...scripted('lower', [0.5, 0.7, 0.7, 0.1]), settings: epochs, folder: `${folder}-lower` });
    expect((await train(lower)).best).toEqual({ epoch: 3, value: 0.1 });
  });

  it('never prefers a figure that is not defined', async () => {
    const values = [Number.NaN, Number.NaN, -1, Number.NaN];
    const { best } = await train(training({ ...scripted('higher', values), settings: { ...settings, epochs: 4 } }));
    expect(best).toEqual({ epoch: 2, value: -1 });
  });

  it('takes no improvement for one that is too small, or that rounding hides', async () => {
    const run = (name: string, changes: Partial<typeof settings>) =>
      train(
        training({
          ...scripted('lower', [0.50004, 0.50002, 0.49996, 0.4999]),
          settings: { ...settings, epochs: 4, ...changes },
          folder: `${folder}-${name}`,
        }),
      );
    expect((await run('any', {})).best?.epoch).toBe(3);
    expect((await run('least', { leastImprovement: 1e-3 })).best).toEqual({ epoch: 0, value: 0.50004 });
    expect((await run('rounded', { decimals: 4 })).best).toEqual({ epoch: 3, value: 0.4999 });
    const authors = { decimals: 3, leastImprovement: 1e-6 };
    expect((await run('authors', authors)).best).toEqual({ epoch: 0, value: 0.5 });
  });

  it('by the loss takes the mean of the means of batches, in which a smaller last batch weighs as much', async () => {
    const valid = source({ size: 7, name: 'valid' });
    const figures: number[] = [];
    const metrics: MetricFamily = {
      columns: sentimentMetrics.columns,
      compute(predictions, labels) {
        const errors = Array.from(predictions, (value, i) => Math.abs(value - (labels[i] as number)));
        const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
        figures.push((mean(errors.slice(0, 4)) + mean(errors.slice(4))) / 2);
        return sentimentMetrics.compute(predictions, labels);
      },
    };
    const { history, best } = await train(training({ valid, metrics, select: 'loss' }));
    history.forEach(({ valid: { loss } }, epoch) => {
      expect(loss).toBeCloseTo(figures[epoch] as number, 9);
    });
    expect(best?.value).toBe(Math.min(...history.map(({ valid: { loss } }) => loss as number)));
  });

  it('stops when patience is over', async () => {
    const values = [3, 2, 2.5, 2.1, 1];
    const patient = { ...settings, epochs: 5, patience: 2 };
    const { history, best } = await train(training({ ...scripted('lower', values), settings: patient }));
    expect(history.length).toBe(4);
    expect(best).toEqual({ epoch: 1, value: 2 });
  });

  it('keeps the weights that gave the selected figure', async () => {
    const run = training({ settings: { ...settings, epochs: 4 }, ...scripted('lower', [4, 1, 2, 3]) });
    const figures: number[] = [];
    const compute: MetricFamily['compute'] = (...args) => {
      figures.push(sentimentMetrics.compute(...args).MAE as number);
      return run.metrics.compute(...args);
    };
    await train({ ...run, metrics: { ...run.metrics, compute } });

    const store = engine.createStore();
    await store.allocate(modelLeaves(run.module), 999);
    expect(await loadBest(folder, store, run.module)).toEqual({ epoch: 1, value: 1 });
    const { module, valid, seed } = run;
    const frozen = engine.createStore();
    await frozen.allocate(modelLeaves(module), seed);
    await store.write(await frozen.read(['parameters/embedding/weight'])); // frozen leaves are not in checkpoints
    const predictions = await predict({ engine, store, module, source: valid, seed, batchSize: 3 });
    expect(score(sentimentMetrics, predictions, valid).MAE).toBeCloseTo(figures[1] as number, 6);
  });
});

describe('an interrupted training', () => {
  const cases = [
    { name: 'in its first epoch', epoch: 0, step: 2, accumulate: 1 },
    { name: 'in a later epoch', epoch: 2, step: 1, accumulate: 1 },
    { name: 'at the end of an epoch, before validation', epoch: 1, step: 5, accumulate: 1 },
    { name: 'between accumulation and update', epoch: 1, step: 3, accumulate: 2 },
    { name: 'with modality dropout', epoch: 2, step: 1, accumulate: 1, modalityDropout: { audio: 0.5, text: 0.3 } },
    // 18 samples: four micro-batches and a smaller one, which is dropped with the fourth.
    { name: 'in a dropped tail', epoch: 2, step: 4, accumulate: 3, accumulationTail: 'drop' },
    {
      name: 'after a plateau',
      epoch: 3,
      step: 1,
      accumulate: 2,
      accumulationTail: 'drop',
      clipAt: 'micro-batch',
      clipValue: 0.01,
      schedule: 'plateau',
      plateauPatience: 0,
      leastImprovement: 100,
      decimals: 4,
      select: 'loss',
    },
    { name: 'in a second period', epoch: 3, step: 1, accumulate: 1, schedule: 'cosine-restarts', scheduleEpochs: 2 },
  ] as const;

  it.each(cases)('$name continues byte for byte', async ({ name: _, epoch, step, ...rest }) => {
    const { select = 'MAE', ...changed } = rest as Partial<typeof settings> & { select?: string };
    const changes = { settings: { ...settings, epochs: 4, ...changed }, select };
    const whole = await train(training({ ...changes, folder: `${folder}-whole` }));
    const first = await interruptedAt(epoch, step, changes);
    expect(first).toMatchObject({ status: 'interrupted' });
    expect(first.history.length).toBe(epoch);
    const resumed = await train(training(changes));
    expect(resumed.status).toBe('finished');
    expect(resumed.history).toEqual(whole.history);
    expect(resumed.best).toEqual(whole.best);
    expect(await weights(folder)).toEqual(await weights(`${folder}-whole`));
  });

  it('ignores and clears away what a killed process left beside the position', async () => {
    const changes = { settings: { ...settings, epochs: 4 } };
    await train(training({ ...changes, folder: `${folder}-whole` }));
    await interruptedAt(2, 1, changes);
    const checkpoints = join(folder, 'checkpoint');
    await writeFile(join(checkpoints, 'last-2.safetensors'), 'half a file');
    await writeFile(join(checkpoints, 'best-2.safetensors'), 'half a file');
    await writeFile(join(checkpoints, '.last-2.safetensors.123-4.part'), 'less than that');
    await train(training(changes));
    expect(await weights(folder)).toEqual(await weights(`${folder}-whole`));
    expect((await readdir(checkpoints)).sort()).toEqual((await readdir(join(`${folder}-whole`, 'checkpoint'))).sort());
  });

  it('has on disk, at the end of every epoch, exactly the files that its position names', async () => {
    const onEpoch: Training['onEpoch'] = async (history) => {
      const { files } = JSON.parse(await readFile(join(folder, 'checkpoint', 'position.json'), 'utf8'));
      expect(files.last).toBe(`last-${history.length - 1}.safetensors`);
      expect((await readdir(join(folder, 'checkpoint'))).sort()).toEqual([files.best, files.last, 'position.json']);
    };
    await train(training({ onEpoch }));
  });

  it('keeps figures that are not defined', async () => {
    const changes = { ...scripted('lower', [1, Number.NaN, 2]), settings };
    await interruptedAt(2, 1, changes);
    expect((await train(training(changes))).history[1]?.valid.figure).toBeNaN();
  });

  it('hears a signal that comes from outside, between two steps', async () => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 20);
    const { status } = await train(training({ signal: stop.signal, settings: { ...settings, epochs: 1_000_000 } }));
    clearTimeout(timer);
    expect(status).toBe('interrupted');
  });

  it.each(['Ctrl-C', 'an error'])('by %s leaves nothing that is still being read', async (reason) => {
    let reading = 0;
    const whole = source({ size: 18 });
    const batch: typeof whole.batch = async (...args) => {
      reading += 1;
      await pause(10);
      reading -= 1;
      return whole.batch(...args);
    };
    const stop = new AbortController();
    const onProgress = () => {
      expect(reading).toBe(1); // The next one is under way.
      if (reason === 'Ctrl-C') stop.abort();
      else throw new Error(reason);
    };
    const end = train(training({ train: { ...whole, batch }, signal: stop.signal, onProgress }));
    if (reason === 'Ctrl-C') expect(await end).toMatchObject({ status: 'interrupted' });
    else await expect(end).rejects.toThrow(reason);
    expect(reading).toBe(0);
  });

  it('that is finished returns at once', async () => {
    const first = await train(training());
    const idle = { id: 'idle' } as Engine;
    expect(await train(training({ engine: idle }))).toEqual(first);
  });
});

describe('a checkpoint of another model', () => {
  it('is refused, naming what is missing, surplus and misshapen', async () => {
    await train(training());
    const { head: _, ...kept } = createSmallModel().parameters as Record<string, FusionModule['parameters']>;
    const other: FusionModule = {
      ...createSmallModel(),
      parameters: { ...kept, audio: { weight: zeros([5, 3]), bias: zeros([4]) }, extra: zeros([1]) },
    };
    const store = engine.createStore();
    await store.allocate(modelLeaves(other), 1);
    const refused = loadBest(folder, store, other);
    await expect(refused).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH', place: await bestWeightsFile(folder) });
    await expect(refused).rejects.toThrow(/surplus: parameters\/head\/weight/);
    await expect(refused).rejects.toThrow(/missing: parameters\/extra/);
    await expect(refused).rejects.toThrow(/misshapen: parameters\/audio\/weight is \[4, 3\] instead of \[5, 3\]/);
    await expect(train(training({ module: other, settings: { ...settings, epochs: 9 } }))).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
    });
  });

  it('cannot be loaded from a folder where no epoch has ended', async () => {
    const module = createSmallModel();
    await expect(loadBest(folder, engine.createStore(), module)).rejects.toMatchObject({ code: 'RUN_INVALID' });
  });
});

describe('predictions', () => {
  it('come in the order of the rows, whatever the batch size', async () => {
    const module = createSmallModel();
    const store = engine.createStore();
    await store.allocate(modelLeaves(module), 1);
    const valid = source({ size: 7, name: 'valid' });
    const by = (batchSize: number) => predict({ engine, store, module, source: valid, seed: 1, batchSize });
    const whole = await by(7);
    expect(whole.length).toBe(7);
    expect(new Set(whole).size).toBe(7);
    const parts = await by(3);
    whole.forEach((value, row) => {
      expect(parts[row]).toBeCloseTo(value, 5);
    });
  });

  it('are scored over known labels only', () => {
    const partly = source({ size: 3, change: (sample, row) => ({ ...sample, labels: row === 1 ? {} : { task: 1 } }) });
    expect(score(sentimentMetrics, Float32Array.of(1, 100, 3), partly).MAE).toBe(1);
    const unknown = source({ size: 3, change: (sample) => ({ ...sample, labels: {} }) });
    expect(() => score(sentimentMetrics, Float32Array.of(1, 2, 3), unknown)).toThrow('DATASET_EMPTY');
  });
});
