/** Traces a step into an ONNX model: variables and inputs become graph inputs, updates and outputs graph outputs. */
import { parse, relative } from 'node:path';
import { type HostTensor, type HostTensors, InterfuseError, type Step, type TensorMap } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { Graph } from './graph.js';
import { type OnnxType, onnxTypes, type ValueInfo } from './graph-parts.js';
import { registerKernels } from './kernels/register.js';
import type { ExternalVariable, OnnxStore } from './store.js';
import { onnxTypeOf, type SymbolicBackend, symbolicBackend, symbolicBackendName } from './symbolic-backend.js';

export interface TracedUpdate {
  readonly path: string;
  /** Name of the graph output. */
  readonly output: string;
  /** Whether the new value may be written over the old one while the graph runs. */
  readonly inPlace: boolean;
}

export interface TracedStep {
  readonly model: Uint8Array;
  readonly nodes: number;
  /** Names of the nodes by kind of operation. */
  readonly operations: ReadonlyMap<string, readonly string[]>;
  /** Graph inputs by the path of the variable or the input that feeds them. */
  readonly variables: ReadonlyMap<string, string>;
  readonly inputs: ReadonlyMap<string, string>;
  readonly updates: readonly TracedUpdate[];
  readonly outputs: ReadonlyMap<string, { readonly name: string; readonly type: HostTensor['type'] }>;
  /** Folder that the locations of external data are relative to. */
  readonly externalFolder: string;
  /** Whether the frozen weights are too large to be held again by every session, packed or in single precision. */
  readonly mapsLargeWeights: boolean;
}

/** Bytes of frozen weights up to which a session may hold them once more, packed for its products. */
export const largeWeights = 64 * 2 ** 20;

export const signatureOf = (inputs: HostTensors): string =>
  Object.keys(inputs)
    .sort()
    .map((path) => `${path}:${(inputs[path] as HostTensor).type}[${(inputs[path] as HostTensor).shape.join()}]`)
    .join(' ');

/** Runs the step once on the symbolic backend; whoever wants to look into the graph hands in an empty one. */
export function traceStep(step: Step, store: OnnxStore, inputs: HostTensors, graph = new Graph()): TracedStep {
  registerKernels();
  const backend = symbolicBackend();
  const previous = tf.getBackend();
  void tf.setBackend(symbolicBackendName);
  try {
    return backend.trace(graph, () => {
      tf.engine().startScope();
      try {
        return trace(step, store, inputs, graph, backend);
      } finally {
        tf.engine().endScope();
      }
    });
  } finally {
    if (previous) void tf.setBackend(previous);
  }
}

function trace(step: Step, store: OnnxStore, inputs: HostTensors, graph: Graph, backend: SymbolicBackend): TracedStep {
  const variableNames = new Map<string, string>();
  const inputNames = new Map<string, string>();
  const tensor = (name: string, shape: readonly number[], type: tf.DataType): tf.Tensor =>
    tf.engine().makeTensorFromTensorInfo(backend.symbol(name, shape, type));
  const fed = (
    names: Map<string, string>,
    path: string,
    shape: readonly number[],
    type: HostTensor['type'],
  ): tf.Tensor => {
    const name = graph.name();
    graph.input({ name, type: onnxTypeOf(type), shape });
    names.set(path, name);
    return tensor(name, shape, type);
  };

  const variables: Record<string, tf.Tensor> = {};
  let externalFolder = '';
  for (const [path, variable] of store.variables) {
    if (variable.kind === 'resident') variables[path] = fed(variableNames, path, variable.shape, 'float32');
    else {
      externalFolder = parse(variable.file).root;
      variables[path] = tensor(external(graph, variable, externalFolder), variable.shape, 'float32');
    }
  }
  const fresh: Record<string, tf.Tensor> = {};
  for (const [path, { shape, type }] of Object.entries(inputs)) fresh[path] = fed(inputNames, path, shape, type);

  const result = step.run(variables, fresh);
  const updates = tracedUpdates(step, result.updates, variables, store, graph, backend);
  const outputs = new Map<string, { name: string; type: HostTensor['type'] }>();
  const infos: ValueInfo[] = updates.map(({ info }) => info);
  for (const [path, output] of Object.entries(result.outputs)) {
    const info = graph.output(backend.nameOf(output), onnxTypeOf(output.dtype), output.shape);
    infos.push(info);
    outputs.set(path, { name: info.name, type: output.dtype as HostTensor['type'] });
  }
  const names = infos.map((info) => info.name);
  const live = graph.needed(names);
  const mapsLargeWeights = graph.externalBytes(names) > largeWeights;
  if (mapsLargeWeights) graph.castForEachReader();
  const { model, inputs: used, nodes, operations } = graph.serialise(infos);
  const usedNames = new Set(used.map((info) => info.name));
  const keep = (names: Map<string, string>): Map<string, string> =>
    new Map([...names].filter(([, name]) => usedNames.has(name)));
  return {
    model,
    nodes,
    operations,
    variables: keep(variableNames),
    inputs: keep(inputNames),
    updates: updates.map(({ path, info, source }) => ({
      path,
      output: info.name,
      inPlace: graph.mayOverwrite(variableNames.get(path) as string, source, live),
    })),
    outputs,
    externalFolder,
    mapsLargeWeights,
  };
}

function tracedUpdates(
  step: Step,
  updates: TensorMap,
  variables: Readonly<Record<string, tf.Tensor>>,
  store: OnnxStore,
  graph: Graph,
  backend: SymbolicBackend,
): { path: string; info: ValueInfo; source: string }[] {
  const traced: { path: string; info: ValueInfo; source: string }[] = [];
  for (const [path, update] of Object.entries(updates)) {
    const variable = store.variables.get(path);
    if (
      variable?.kind !== 'resident' ||
      String(update.shape) !== String(variable.shape) ||
      update.dtype !== 'float32'
    ) {
      throw new InterfuseError('ENGINE_STEP', {
        place: `step ${step.name}, update of ${path}`,
        expected:
          variable?.kind === 'resident'
            ? `float32 [${variable.shape.join(', ')}]`
            : 'the path of a variable that may change',
        got: `${update.dtype} [${update.shape.join(', ')}]`,
      });
    }
    const source = backend.nameOf(update);
    if (source === backend.nameOf(variables[path] as tf.Tensor)) continue;
    traced.push({ path, source, info: graph.output(source, 'float32', update.shape) });
  }
  return traced;
}

/** The name of a frozen weight in the graph: mapped from its file, cast and transposed as needed. */
function external(graph: Graph, variable: ExternalVariable, folder: string): string {
  const types: Partial<Record<string, OnnxType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };
  const type = types[variable.type] as OnnxType;
  const stored = variable.transposed ? [...variable.shape].reverse() : variable.shape;
  const mapped = graph.external({
    type,
    shape: stored,
    file: relative(folder, variable.file),
    offset: variable.begin,
    length: variable.end - variable.begin,
  });
  const single = type === 'float32' ? mapped : graph.add('Cast', [mapped], { to: onnxTypes.float32 });
  return variable.transposed ? graph.transpose(single, [1, 0]) : single;
}
