/** How a TensorFlow.js kernel is written as ONNX nodes. */
import { InterfuseError } from '@interfuse/core';
import type * as tf from '@tensorflow/tfjs';
import type { Graph } from '../graph.js';
import type { Attribute } from '../graph-parts.js';
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

/** Says what a product or a convolution takes whose terms number so many: two operations each, a product and a sum. */
export function multiplyAdds({ graph }: Emission, value: string, terms: number): void {
  graph.takes(value, 2 * terms);
}

/** A second name for the same value: no node, so that what is computed from either is computed once. */
export function alias({ backend, name }: Emission, x: tf.TensorInfo): tf.TensorInfo {
  return backend.symbol(name(x), x.shape, x.dtype);
}

/** A tensor of one value, as an expanded scalar: no memory until it is used. */
export function filled(emission: Emission, shape: readonly number[], value: number, type: tf.DataType): tf.TensorInfo {
  const { graph } = emission;
  const scalar = graph.scalar(onnxTypeOf(type) as 'float32' | 'int32' | 'bool', value);
  return emission.emit('Expand', [scalar, graph.integers(shape)], shape, type);
}

/** Another kernel as a part of this one. */
export function call(
  emission: Emission,
  emitter: Emitter | undefined,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  attributes: Readonly<Record<string, unknown>> = {},
): tf.TensorInfo {
  return (emitter as Emitter)({ ...emission, inputs, attributes }) as tf.TensorInfo;
}

/** The error for a case of a kernel that cannot be written as nodes. */
export function unsupported(operation: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('KERNEL_UNSUPPORTED', { place: `operation ${operation}`, expected, got });
}

export { onnxTypeOf };
