/** Eager engines: a step is called as it is, on one backend of TensorFlow.js. */
import { type Engine, InterfuseError, isInterfuseError, type Program, type Step, type Store } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { cpuPreset } from './backends/cpu.js';
import type { BackendPreset } from './backends/preset.js';
import { tensorflowPreset } from './backends/tensorflow.js';
import { wasmPreset } from './backends/wasm.js';
import { createProgram } from './program.js';
import { ResidentStore } from './store.js';

const presets = {
  wasm: wasmPreset,
  cpu: cpuPreset,
  tensorflow: tensorflowPreset({ engine: 'tensorflow', name: '@tensorflow/tfjs-node' }),
  'tensorflow-gpu': tensorflowPreset({ engine: 'tensorflow-gpu', name: '@tensorflow/tfjs-node-gpu' }),
} as const satisfies Record<string, BackendPreset>;

export type EngineId = keyof typeof presets;

const prepared = new Map<BackendPreset, Promise<void>>();

/** An engine on one of the backends of this package. @throws as createEngineOn, and ENGINE_ABSENT if it is not installed */
export function createEngine(id: EngineId): Promise<Engine> {
  return createEngineOn(presets[id]);
}

/**
 * Starts the backend, once per process, and returns an engine on it. Engines of several backends may be used in turn.
 *
 * @throws ENGINE_UNAVAILABLE if the backend does not start
 */
export async function createEngineOn(preset: BackendPreset): Promise<Engine> {
  let preparation = prepared.get(preset);
  if (!preparation) {
    preparation = start(preset);
    prepared.set(preset, preparation);
  }
  await preparation;
  return new EagerEngine(preset);
}

async function start(preset: BackendPreset): Promise<void> {
  let cause: unknown;
  try {
    await preset.prepare();
    if (await tf.setBackend(preset.backend)) return;
  } catch (error) {
    if (isInterfuseError(error)) throw error;
    cause = error;
  }
  throw new InterfuseError('ENGINE_UNAVAILABLE', {
    place: `engine ${preset.id}`,
    expected: `the backend "${preset.backend}" of TensorFlow.js ${tf.version_core}`,
    got: cause instanceof Error ? cause.message : 'a backend that does not start',
    cause,
  });
}

class EagerEngine implements Engine {
  readonly id: string;
  private readonly stores = new Set<ResidentStore>();

  constructor(private readonly preset: BackendPreset) {
    this.id = preset.id;
  }

  async describe(): Promise<Record<string, string | number | boolean>> {
    return { backend: this.preset.backend, tensorflowjs: tf.version_core, ...(await this.preset.describe()) };
  }

  createStore(): Store {
    const store = new ResidentStore(this.activate);
    this.stores.add(store);
    return store;
  }

  compile(step: Step, store: Store): Program {
    if (store instanceof ResidentStore && this.stores.has(store)) return createProgram(step, store, this.activate);
    throw new InterfuseError('ENGINE_STEP', {
      place: `step ${step.name}`,
      expected: `a store made by this ${this.id} engine`,
      got: 'a store of another engine',
      remedy: 'Create the store with the engine that compiles the step.',
    });
  }

  async dispose(): Promise<void> {
    for (const store of this.stores) store.dispose();
    this.stores.clear();
  }

  /** Changing to a backend that has been started takes effect before `setBackend` returns its promise. */
  private readonly activate = (): void => {
    if (tf.getBackend() !== this.preset.backend) void tf.setBackend(this.preset.backend);
  };
}
