/** The loop: optimizer steps over packed windows, a measurement on the held-out text and a checkpoint every so often. */
import { join } from 'node:path';
import {
  type Engine,
  type FusionModule,
  InterfuseError,
  type Store,
  type TrainingSettings,
  trainingDefaults,
} from '@interfuse/core';
import { learningRateSchedule } from '@interfuse/training';
import {
  createMicroBatchRunner,
  epochOrder,
  evaluateStep,
  readVariables,
  resumeLeaves,
  takeSignals,
  trainingLeaves,
} from '@interfuse/training/loop';
import { type HeldOutText, measureWith } from './held-out.js';
import { commit, type Measurement, type Position, trainingFolder } from './position.js';
import type { LanguageModelSettings } from './settings.js';
import { batchOf, trainingWindowCount, trainingWindows, type Window } from './texts/windows.js';

export interface LoopProgress {
  readonly updates: number;
  readonly ofUpdates: number;
  /** Mean since the last measurement, in nats a token. */
  readonly loss: number;
}

export interface Loop {
  readonly engine: Engine;
  readonly module: FusionModule;
  readonly settings: Pick<LanguageModelSettings, 'seed' | 'training'> & { readonly contextLength: number };
  readonly packed: Int32Array;
  readonly heldOut: HeldOutText;
  readonly folder: string;
  readonly position: Position | undefined;
  readonly signal?: AbortSignal;
  onProgress?(progress: LoopProgress): void;
  /** Called when a measurement is on disk. */
  onMeasured?(measured: Measurement): void;
  /** Called with the weights of the best measurement so far, before the position is on disk. */
  onBest(store: Store, measured: Measurement): Promise<void>;
}

/**
 * Trains until the tokens are spent. What the signal cuts off is on disk to the last step, and goes on from there as if it
 * had never stopped.
 *
 * @throws TRAINING_DIVERGED, CHECKPOINT_MISMATCH, DATASET_EMPTY
 */
export async function runLoop(loop: Loop): Promise<{ status: 'finished' | 'interrupted'; position: Position }> {
  const { engine, module, packed, folder, signal } = loop;
  const { seed, contextLength: slots } = loop.settings;
  const { tokens, evaluateEvery, batchSize, accumulate } = loop.settings.training;
  const settings = optimizerSettings(loop.settings.training);
  const updates = updatesOf(tokens, loop.settings);
  const schedule = learningRateSchedule(settings, updates);
  const shape = { rows: batchSize, slots, padToken: loop.heldOut.padToken };

  const store = engine.createStore();
  await store.allocate(trainingLeaves(module, settings), seed);
  const leaves = resumeLeaves(module, settings);
  if (loop.position) await readVariables(join(trainingFolder(folder), loop.position.file), store, leaves);
  const task = { kind: 'regression', range: [0, 0] } as const;
  const runMicroBatch = createMicroBatchRunner({ engine, module, settings, seed, task }, store);
  const evaluate = engine.compile(evaluateStep({ module, seed }), store);
  const windowsAt = windowOrder(packed, slots, seed, batchSize);

  const isMeasured = (update: number): boolean => update > 0 && (update % evaluateEvery === 0 || update === updates);
  let { updates: done, since, history, seconds } = loop.position ?? start;
  let began = performance.now();
  const save = async (): Promise<Position> => {
    seconds += (performance.now() - began) / 1000;
    began = performance.now();
    return commit(folder, store, leaves, { updates: done, since, history, seconds });
  };
  try {
    while (true) {
      if (isMeasured(done) && history.at(-1)?.updates !== done) {
        const figures = await measureWith(evaluate, loop.heldOut, { contextLength: slots, batchSize }, signal);
        const measured: Measurement = {
          updates: done,
          tokens: done * accumulate * batchSize * slots,
          trainLoss: since.loss / since.batches,
          heldOut: figures,
        };
        const best = Math.min(...history.map(({ heldOut }) => heldOut.loss));
        history = [...history, measured];
        since = start.since;
        if (figures.loss < best) await loop.onBest(store, measured);
        await save();
        loop.onMeasured?.(measured);
      }
      if (done === updates) return { status: 'finished', position: await save() };
      for (let part = 0; part < accumulate; part += 1) {
        const step = done * accumulate + part;
        const { epoch, windows } = windowsAt(step);
        const outputs = await runMicroBatch(batchOf(packed, windows, shape), {
          step,
          epoch,
          learningRate: schedule(done),
          completesUpdate: part + 1 === accumulate,
        });
        const loss = outputs.loss?.data[0] as number;
        if (!Number.isFinite(loss)) throw diverged(step, loss);
        since = { loss: since.loss + loss, batches: since.batches + 1 };
      }
      done += 1;
      loop.onProgress?.({ updates: done, ofUpdates: updates, loss: since.loss / since.batches });
      await takeSignals(signal);
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    return { status: 'interrupted', position: await save() };
  } finally {
    store.dispose?.();
  }
}

const start = { updates: 0, history: [] as readonly Measurement[], since: { loss: 0, batches: 0 }, seconds: 0 };

/** Optimizer steps in which so many tokens are predicted: the last may exceed them. */
export function updatesOf(tokens: number, { training, contextLength }: Loop['settings']): number {
  return Math.ceil(tokens / (training.batchSize * training.accumulate * contextLength));
}

function optimizerSettings({ tokens: _, evaluateEvery: __, betas, ...training }: Loop['settings']['training']) {
  const settings: TrainingSettings = {
    ...trainingDefaults,
    ...training,
    betas: [betas[0] as number, betas[1] as number],
  };
  return settings;
}

/** The windows of a micro-batch by its number, in an order of its own for each pass over the text; a rest is left out. */
function windowOrder(packed: Int32Array, slots: number, seed: number, rows: number) {
  const count = trainingWindowCount(packed, slots);
  if (count < rows) {
    throw new InterfuseError('DATASET_EMPTY', {
      place: 'texts',
      expected: `at least ${rows} windows of ${slots} tokens, a micro-batch`,
      got: String(count),
      remedy: 'Give more text, or lower training.batchSize.',
    });
  }
  const batches = Math.floor(count / rows);
  let current = { epoch: -1, windows: [] as Window[] };
  return (step: number): { epoch: number; windows: Window[] } => {
    const epoch = Math.floor(step / batches);
    if (epoch !== current.epoch) {
      const windows = trainingWindows(packed, slots, seed, epoch);
      current = { epoch, windows: [...epochOrder(count, seed, epoch)].map((index) => windows[index] as Window) };
    }
    const first = (step % batches) * rows;
    return { epoch, windows: current.windows.slice(first, first + rows) };
  };
}

function diverged(step: number, loss: number): InterfuseError {
  return new InterfuseError('TRAINING_DIVERGED', {
    place: `training, step ${step}`,
    expected: 'a finite loss',
    got: String(loss),
  });
}
