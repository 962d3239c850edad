/** The compiled engine: steps are traced once per signature of their inputs and run as whole graphs in ONNX Runtime. */
import { availableParallelism } from 'node:os';
import type { Engine, HostTensor, HostTensors, Program, Step, Store } from '@interfuse/core';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { floatTensor, OnnxStore, type ResidentVariable } from './store.js';
import { signatureOf, type TracedStep, traceStep } from './trace.js';

export interface OnnxEngineOptions {
  /** Threads inside one operation; 0: what INTERFUSE_THREADS says, or as many as the machine offers. */
  readonly threads: number;
}

interface Compiled {
  readonly traced: TracedStep;
  readonly session: InferenceSession;
}

export function createOnnxEngine(options: OnnxEngineOptions): Engine {
  const sessions: InferenceSession[] = [];
  const threads = options.threads || Number(process.env.INTERFUSE_THREADS) || availableParallelism();

  async function compileStep(step: Step, store: OnnxStore, inputs: HostTensors): Promise<Compiled> {
    const traced = traceStep(step, store, inputs);
    const session = await InferenceSession.create(traced.model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      ...(traced.externalFolder === ''
        ? {}
        : { extra: { session: { model_external_initializers_file_folder_path: traced.externalFolder } } }),
    });
    sessions.push(session);
    return { traced, session };
  }

  return {
    id: 'onnx',
    compiles: true,
    async describe() {
      return { backend: 'onnxruntime', version: env.versions.node ?? 'unknown', threads };
    },
    createStore: () => new OnnxStore(),
    compile(step: Step, store: Store): Program {
      const variables = store as OnnxStore;
      const compiled = new Map<string, Promise<Compiled>>();
      return {
        async run(inputs) {
          const signature = signatureOf(inputs);
          let entry = compiled.get(signature);
          if (!entry) {
            entry = compileStep(step, variables, inputs);
            compiled.set(signature, entry);
          }
          return runCompiled(await entry, variables, inputs);
        },
      };
    },
    async dispose() {
      await Promise.all(sessions.splice(0).map((session) => session.release()));
    },
  };
}

async function runCompiled({ traced, session }: Compiled, store: OnnxStore, inputs: HostTensors): Promise<HostTensors> {
  const feeds: Record<string, Tensor> = {};
  const resident = (path: string): ResidentVariable => store.variables.get(path) as ResidentVariable;
  for (const [path, name] of traced.variables) feeds[name] = resident(path).current;
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
