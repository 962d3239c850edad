/** The compiled engine: steps are traced once per signature of their inputs and run as whole graphs in ONNX Runtime. */
import { availableParallelism } from 'node:os';
import type { Engine, HostTensor, HostTensors, Logger, OperationTime, Program, Step, Store } from '@interfuse/core';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { Provider } from './plugin.js';
import { ProfileFolder } from './profile.js';
import { providerOptions } from './providers.js';
import { RecentlyUsed } from './recently-used.js';
import { SharedWeights } from './shared-weights.js';
import { floatTensor, OnnxStore, type ResidentVariable } from './store.js';
import { signatureOf, type TracedStep, traceStep } from './trace.js';

/** Compiled sessions of one program that are kept: lengths that come seldom are compiled anew. */
export const liveSessions = 8;

export interface OnnxEngineOptions {
  /** Threads inside one operation; 0: what INTERFUSE_THREADS says, or as many as the machine offers. */
  readonly threads: number;
  /** One that works here (`tryProvider`); `cpu` if left out. */
  readonly provider?: Provider;
  /** Hears what each compilation took. */
  readonly logger?: Logger;
}

interface Compiled {
  readonly traced: TracedStep;
  readonly session: InferenceSession;
}

export function createOnnxEngine({ logger, provider = 'cpu', ...options }: OnnxEngineOptions): Engine {
  const shared = new SharedWeights();
  const caches: RecentlyUsed<Compiled>[] = [];
  const threads = options.threads || Number(process.env.INTERFUSE_THREADS) || availableParallelism();
  const costs = { compileSeconds: 0, signatures: 0 };
  let profile: ProfileFolder | undefined;
  const profiled = new Set<InferenceSession>();

  async function compileStep(step: Step, store: OnnxStore, inputs: HostTensors): Promise<Compiled> {
    const began = performance.now();
    const traced = traceStep(step, store, inputs);
    const session = await InferenceSession.create(traced.model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      ...providerOptions(provider, traced.operations),
      graphOptimizationLevel: 'all',
      // A memory pattern is one more block beside the arena that made it: as much memory again, for no time gained.
      enableMemPattern: false,
      ...profile?.sessionOptions(),
      ...weightOptions(traced),
    });
    if (profile) profiled.add(session);
    const milliseconds = performance.now() - began;
    costs.compileSeconds += milliseconds / 1000;
    costs.signatures += 1;
    logger?.debug(`onnx: compiled ${step.name} (${traced.nodes} nodes) in ${milliseconds.toFixed(0)} ms`);
    return { traced, session };
  }

  function endProfile(session: InferenceSession): void {
    if (profiled.delete(session)) session.endProfiling();
  }

  async function release({ session }: Compiled): Promise<void> {
    endProfile(session);
    await session.release();
  }

  return {
    id: 'onnx',
    compiles: true,
    async describe() {
      return { backend: 'onnxruntime', version: env.versions.node ?? 'unknown', provider, threads };
    },
    createStore: () => new OnnxStore(shared),
    compile(step: Step, store: Store): Program {
      const variables = store as OnnxStore;
      const sessions = new RecentlyUsed<Compiled>(liveSessions, release);
      caches.push(sessions);
      return {
        run: (inputs) =>
          sessions.use(
            signatureOf(inputs),
            () => compileStep(step, variables, inputs),
            (compiled) => runCompiled(compiled, variables, inputs),
          ),
      };
    },
    costs: () => ({ ...costs }),
    startProfile() {
      const started = new ProfileFolder();
      profile = started;
      return async function takeProfile(): Promise<readonly OperationTime[]> {
        profile = undefined;
        for (const session of [...profiled]) endProfile(session);
        return started.take();
      };
    },
    async dispose() {
      for (const sessions of caches.splice(0)) await sessions.clear();
    },
  };
}

/**
 * How a session holds frozen weights. Small ones it packs and casts once, for itself. Large ones stay where all sessions
 * share them, mapped from their file or in memory: packed nowhere, and widened to single precision by each reader.
 */
function weightOptions({
  externalFolder,
  mapsLargeWeights,
}: TracedStep): Pick<InferenceSession.SessionOptions, 'extra'> {
  const folder = externalFolder === '' ? {} : { model_external_initializers_file_folder_path: externalFolder };
  if (!mapsLargeWeights) return { extra: { session: folder } };
  return {
    extra: {
      session: { ...folder, disable_prepacking: '1' },
      // Either would widen weights ahead and hold them: what the graph repeats on purpose must stay repeated.
      optimization: { disable_specified_optimizers: 'ConstantFolding;CommonSubexpressionElimination' },
    },
  };
}

async function runCompiled({ traced, session }: Compiled, store: OnnxStore, inputs: HostTensors): Promise<HostTensors> {
  const feeds: Record<string, Tensor> = {};
  const resident = (path: string): ResidentVariable => store.variables.get(path) as ResidentVariable;
  for (const [path, name] of traced.variables) feeds[name] = resident(path).current;
  for (const [name, { tensor }] of traced.held) feeds[name] = tensor;
  for (const [path, name] of traced.inputs) feeds[name] = toRuntime(inputs[path] as HostTensor);
  const fetches: Record<string, Tensor | null> = {};
  for (const { path, output, inPlace } of traced.updates) {
    const variable = resident(path);
    if (!inPlace) variable.spare ??= floatTensor(new Float32Array(variable.current.size), variable.shape);
    fetches[output] = inPlace ? variable.current : (variable.spare as Tensor);
  }
  for (const { name } of traced.outputs.values()) fetches[name] = null;
  const results = await session.run(feeds, fetches);
  for (const { path, inPlace } of traced.updates) {
    if (inPlace) continue;
    const variable = resident(path);
    const old = variable.current;
    variable.current = variable.spare as Tensor;
    variable.spare = old;
  }
  const outputs: Record<string, HostTensor> = {};
  for (const [path, { name, type }] of traced.outputs) {
    const tensor = results[name] as Tensor;
    outputs[path] = { shape: tensor.dims, type, data: tensor.data as HostTensor['data'] };
  }
  return outputs;
}

function toRuntime({ type, data, shape }: HostTensor): Tensor {
  return type === 'bool'
    ? new Tensor('bool', data as Uint8Array, shape)
    : new Tensor(type, data as Float32Array, shape);
}
