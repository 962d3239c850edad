/** Traces a step into an ONNX model: variables and inputs become graph inputs, updates and outputs graph outputs. */
import { parse } from 'node:path';
import { type HostTensor, type HostTensors, InterfuseError, type Step, type TensorMap } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from 'onnxruntime-node';
import { Graph } from './graph.js';
import type { GraphParts, OnnxType, ValueInfo } from './graph-parts.js';
import { onSymbolicBackend } from './on-symbolic-backend.js';
import type { HeldVariable, OnnxStore } from './store.js';
import { onnxTypeOf, type SymbolicBackend } from './symbolic-backend.js';
import { heldWeight, mappedWeight } from './weights.js';

export interface TracedUpdate {
  readonly path: string;
  /** Name of the graph output. */
  readonly output: string;
  /** Whether the new value may be written over the old one while the graph runs. */
  readonly inPlace: boolean;
}

export interface HeldInput {
  /** Path of the variable, or what stands beside it: what an exported model calls the tensor. */
  readonly label: string;
  readonly tensor: Tensor;
}

export interface TracedStep {
  readonly model: Uint8Array;
  readonly nodes: number;
  /** Names of the nodes by kind of operation. */
  readonly operations: ReadonlyMap<string, readonly string[]>;
  /** Graph inputs by the path of the variable or the input that feeds them. */
  readonly variables: ReadonlyMap<string, string>;
  readonly inputs: ReadonlyMap<string, string>;
  /** Frozen weights that are held in memory, by the graph input that each of their tensors feeds. */
  readonly held: ReadonlyMap<string, HeldInput>;
  readonly updates: readonly TracedUpdate[];
  readonly outputs: ReadonlyMap<string, { readonly name: string; readonly type: HostTensor['type'] }>;
  /** Folder that the locations of external data are relative to. */
  readonly externalFolder: string;
  /** Whether the frozen weights are too large to be held again by every session, packed or in single precision. */
  readonly mapsLargeWeights: boolean;
}

/** Bytes of frozen weights, as they are stored or held, up to which a session may hold them once more, packed for its products. */
export const largeWeights = 64 * 2 ** 20;

export const signatureOf = (inputs: HostTensors): string =>
  Object.keys(inputs)
    .sort()
    .map((path) => `${path}:${(inputs[path] as HostTensor).type}[${(inputs[path] as HostTensor).shape.join()}]`)
    .join(' ');

/** Runs the step once on the symbolic backend; whoever wants to look into the graph hands in an empty one. */
export function traceStep(step: Step, store: OnnxStore, inputs: HostTensors, graph = new Graph()): TracedStep {
  return onSymbolicBackend(graph, (backend) => trace(step, store, inputs, graph, backend));
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
  const held = new Map<string, HeldInput>();
  let externalFolder = '';
  for (const [path, variable] of store.variables) {
    if (variable.kind === 'resident') variables[path] = fed(variableNames, path, variable.shape, 'float32');
    else if (variable.kind === 'held') {
      variables[path] = tensor(heldInputs(graph, path, variable, held), variable.shape, 'float32');
    } else {
      externalFolder = parse(variable.file).root;
      variables[path] = tensor(mappedWeight(graph, variable, externalFolder), variable.shape, 'float32');
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
  const mapsLargeWeights = weightBytes(graph.parts(names), held) > largeWeights;
  if (mapsLargeWeights) graph.widenForEachReader();
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
    held: new Map([...held].filter(([name]) => usedNames.has(name))),
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

/** The name of a held weight in the graph; its tensors become inputs. */
function heldInputs(graph: Graph, path: string, variable: HeldVariable, held: Map<string, HeldInput>): string {
  const { values, scales } = variable.tensors;
  const fed = (label: string, tensor: Tensor): string => {
    for (const [known, input] of held) if (input.tensor === tensor) return known; // leaves may share a weight
    const name = graph.name();
    graph.input({ name, type: tensor.type as OnnxType, shape: tensor.dims });
    held.set(name, { label, tensor });
    return name;
  };
  return heldWeight(graph, variable, fed(path, values), scales && fed(`${path}.scales`, scales));
}

function weightBytes({ externals, inputs }: GraphParts, held: ReadonlyMap<string, HeldInput>): number {
  const lengths = inputs.map(({ name }) => (held.get(name)?.tensor.data as Uint8Array | undefined)?.byteLength ?? 0);
  return [...externals.map(({ length }) => length), ...lengths].reduce((sum, length) => sum + length, 0);
}
