/**
 * How frozen weights come into a graph in single precision: mapped from their file, or fed as they are held in memory, and
 * widened by nodes. Whole numbers are widened by DequantizeLinear, whose axis is the block.
 */
import { relative } from 'node:path';
import { blockSize, type HeldValues } from '@interfuse/safetensors';
import { Tensor } from 'onnxruntime-node';
import type { Graph } from './graph.js';
import { type OnnxType, onnxTypes } from './graph-parts.js';
import type { ExternalVariable, HeldVariable } from './store.js';

/** A weight in its file, cast and transposed as needed. @param folder that the location is relative to */
export function mappedWeight(graph: Graph, variable: ExternalVariable, folder: string): string {
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
  const single = type === 'float32' ? mapped : castWeight(graph, mapped);
  return variable.transposed ? graph.transpose(single, [1, 0]) : single;
}

/** What a weight that is held in memory feeds into every graph that reads it, and nothing copies. */
export interface HeldTensors {
  readonly values: Tensor;
  readonly scales?: Tensor;
}

export function heldTensors(held: HeldValues, shape: readonly number[]): HeldTensors {
  if (held.precision === 'float16') return { values: new Tensor('float16', held.values, shape) };
  const { values } = held;
  const blocks = [values.length / blockSize, blockSize];
  return {
    values: new Tensor(held.precision === 'int8' ? 'int8' : 'uint8', values, blocks),
    scales: new Tensor('float32', held.scales, [held.scales.length]),
  };
}

/** A weight whose tensors are inputs of the graph. @param scales of whole numbers */
export function heldWeight(graph: Graph, { held, shape }: HeldVariable, values: string, scales = ''): string {
  if (held.precision === 'float16') return castWeight(graph, values);
  const isPairs = held.precision === 'int4';
  const blocks = isPairs ? dequantisePairs(graph, values, scales, shape) : dequantise(graph, values, scales);
  const weight = graph.add('Reshape', [blocks, graph.integers(shape)]);
  graph.widened(weight, isPairs ? undefined : rowsOfWhole(graph, shape, values, scales));
  return weight;
}

/** Of a table in half precision only the rows that are read are cast. */
function castWeight(graph: Graph, stored: string): string {
  const cast = (value: string): string => graph.add('Cast', [value], { to: onnxTypes.float32 });
  const weight = cast(stored);
  graph.widened(weight, (indices) => cast(graph.add('Gather', [stored, indices], { axis: 0 })));
  return weight;
}

/** Whole numbers [N, 32] and N scales to N blocks. */
function dequantise(graph: Graph, values: string, scales: string, zero: readonly string[] = []): string {
  return graph.add('DequantizeLinear', [values, scales, ...zero], { axis: 0 });
}

/** The first half of all entries lies in the low halves of the bytes, the second in the high ones; 8 stands for zero. */
function dequantisePairs(
  graph: Graph,
  pairs: string,
  scales: string,
  [rows = 0, columns = 0]: readonly number[],
): string {
  const byte = (value: number): string => graph.constant('uint8', [], Uint8Array.of(value));
  const low = graph.add('BitwiseAnd', [pairs, byte(15)]);
  const high = graph.add('BitShift', [pairs, byte(4)], { direction: 'RIGHT' });
  const [lowScales, highScales] = graph.node('Split', [scales], { axis: 0, num_outputs: 2 }, { outputs: 2 });
  const zero = graph.add('Expand', [byte(8), graph.integers([(rows * columns) / (2 * blockSize)])]);
  const halves = [
    dequantise(graph, low, lowScales as string, [zero]),
    dequantise(graph, high, highScales as string, [zero]),
  ];
  return graph.add('Concat', halves, { axis: 0 });
}

/** Of a table in whole numbers only the rows that are read are widened. */
function rowsOfWhole(graph: Graph, [rows = 0, columns = 0]: readonly number[], values: string, scales: string) {
  const blocks = columns / blockSize;
  const pick = (source: string, width: number, indices: string): string =>
    graph.add('Gather', [graph.add('Reshape', [source, graph.integers([rows, blocks, width])]), indices], { axis: 0 });
  return (indices: string, shape: readonly number[]): string => {
    const whole = graph.add('Cast', [pick(values, blockSize, indices)], { to: onnxTypes.float32 });
    const scaled = graph.add('Mul', [whole, pick(scales, 1, indices)]); // [..., columns / 32, 32]
    return graph.add('Reshape', [scaled, graph.integers(shape)]);
  };
}
