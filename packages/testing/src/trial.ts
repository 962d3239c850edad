/** A module with fresh variables on an engine: the real steps of training, one call at a time. */
import {
  type Engine,
  type EnginePlugin,
  type FusionHost,
  type FusionModule,
  type HostTensor,
  type HostTensors,
  resolveTraining,
  type Step,
  type Store,
  type Task,
  type TrainingSettings,
} from '@interfuse/core';
import {
  accumulateStep,
  applyStep,
  evaluateStep,
  scalarFloat,
  scalarInt,
  trainingLeaves,
} from '@interfuse/training/loop';
import { makeHost, makeModule, type Subject, tasksOf } from './subject.js';
import { withEngine } from './with-engine.js';

const seed = 7;

export interface Trial {
  readonly store: Store;
  /** Outputs of an evaluation: `prediction`, `inspect/<name>`. */
  evaluate(batch: HostTensors): Promise<HostTensors>;
  predict(batch: HostTensors): Promise<HostTensor>;
  /** `loss`, `losses/<name>` and `gradients/<path>` of a training pass; parameters and state are afterwards as before. */
  differentiate(batch: HostTensors, step?: number): Promise<HostTensors>;
  /** One optimizer step, in an epoch of its own; state advances. Returns the outputs of the training pass: `loss`, `losses/<name>`. */
  train(batch: HostTensors, step: number): Promise<HostTensors>;
  /** A training pass without an optimizer step, in an epoch of its own; returns the state as it then is, by path. */
  advance(batch: HostTensors, step: number): Promise<HostTensors>;
  dispose(): void;
}

export interface TrialSettings {
  readonly engine: Engine;
  readonly module: FusionModule;
  readonly task: Task;
  readonly learningRate?: number;
  /** Replaces the training pass by one that watches it. */
  readonly watch?: (step: Step) => Step;
}

export async function createTrial({ engine, module, task, learningRate = 0.01, watch }: TrialSettings): Promise<Trial> {
  const settings: TrainingSettings = resolveTraining(module.recipe, {
    accumulate: 2,
    accumulation: 'sum',
    pieceSize: 0,
    weightDecay: 0,
  });
  const context = { module, task, seed, settings };
  const store = engine.createStore();
  await store.allocate(trainingLeaves(module, settings), seed);
  const pass = accumulateStep(context);
  const accumulate = engine.compile(watch ? watch(pass) : pass, store);
  const apply = engine.compile(applyStep(context), store);
  const evaluate = engine.compile(evaluateStep({ module, seed }, { inspect: true }), store);
  const under = (prefix: string): string[] => store.paths.filter((path) => path.startsWith(`${prefix}/`));

  const trial: Trial = {
    store,
    evaluate: (batch) => evaluate.run({ ...batch, epoch: scalarInt(0) }),
    predict: async (batch) => (await trial.evaluate(batch)).prediction as HostTensor,
    async differentiate(batch, step = 0) {
      const before = await store.read([...under('gradients'), ...under('state')]);
      const outputs = await accumulate.run({ ...batch, step: scalarInt(step), epoch: scalarInt(step) });
      const gradients = await store.read(under('gradients'));
      await store.write(before);
      return { ...outputs, ...gradients };
    },
    async train(batch, step) {
      const outputs = await accumulate.run({ ...batch, step: scalarInt(step), epoch: scalarInt(step) });
      await apply.run({ learningRate: scalarFloat(learningRate) });
      return outputs;
    },
    async advance(batch, step) {
      const before = await store.read(under('gradients'));
      await accumulate.run({ ...batch, step: scalarInt(step), epoch: scalarInt(step) });
      await store.write(before);
      return store.read(under('state'));
    },
    dispose: () => store.dispose?.(),
  };
  return trial;
}

export interface TrialOf extends Trial {
  readonly host: FusionHost;
  readonly module: FusionModule;
}

export interface TrialChoices {
  /** Default: the first of the subject. */
  readonly engine?: EnginePlugin;
  /** Default: the first that the plugin takes. */
  readonly task?: Task;
  /** The module that is tried in place of the plugin's own, such as one that is watched. */
  readonly change?: (module: FusionModule) => FusionModule;
  readonly learningRate?: number;
}

/** A trial of the plugin from its factory on, freed afterwards. */
export async function withTrial<R>(
  subject: Subject,
  use: (trial: TrialOf) => Promise<R>,
  { engine: enginePlugin = subject.engines[0], task = tasksOf(subject)[0], change, learningRate }: TrialChoices = {},
): Promise<R> {
  const host = makeHost(subject, { task });
  const made = await makeModule(subject, host);
  const module = change ? change(made) : made;
  return withEngine(enginePlugin, async (engine) => {
    const trial = await createTrial({ engine, module, task, ...(learningRate === undefined ? {} : { learningRate }) });
    try {
      return await use({ ...trial, host, module });
    } finally {
      trial.dispose();
    }
  });
}
