/** How a TensorFlow.js kernel is written as ONNX nodes. */
import type * as tf from '@tensorflow/tfjs';
import type { Attribute, Graph } from '../graph.js';
import { onnxTypeOf, type SymbolicBackend } from '../symbolic-backend.js';

/** What a kernel sees: inputs as tensors of which only shape and type are known, and the graph to append to. */
export interface Emission {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  // biome-ignore lint/suspicious/noExplicitAny: the attributes of TensorFlow.js' kernels have no common type
  readonly attributes: any;
  readonly graph: Graph;
  readonly backend: SymbolicBackend;
  /** Name of an input in the graph. */
  name(tensor: tf.TensorInfo): string;
  /** A node with one output of this shape and type. */
  emit(
    operation: string,
    inputs: readonly (tf.TensorInfo | string)[],
    shape: readonly number[],
    type: tf.DataType,
    attributes?: Readonly<Record<string, Attribute>>,
    domain?: string,
  ): tf.TensorInfo;
}

export type Emitter = (emission: Emission) => tf.TensorInfo | tf.TensorInfo[];
export type Emitters = Readonly<Record<string, Emitter>>;

export function emission(
  backend: SymbolicBackend,
  inputs: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap | undefined,
): Emission {
  const { graph } = backend;
  const name = (tensor: tf.TensorInfo): string => backend.nameOf(tensor);
  return {
    inputs: inputs as Record<string, tf.TensorInfo>,
    attributes: attributes ?? {},
    graph,
    backend,
    name,
    emit(operation, operands, shape, type, nodeAttributes = {}, domain = '') {
      const names = operands.map((operand) => (typeof operand === 'string' ? operand : name(operand)));
      return backend.symbol(graph.add(operation, names, nodeAttributes, domain), shape, type);
    },
  };
}

export function input(emission: Emission, name: string): tf.TensorInfo {
  return emission.inputs[name] as tf.TensorInfo;
}

/** Axes as non-negative numbers. */
export function axesOf(axis: number | number[] | undefined, rank: number): number[] {
  const axes = axis === undefined || axis === null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return axes.map((entry) => (entry < 0 ? entry + rank : entry));
}

export function size(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export { onnxTypeOf };
