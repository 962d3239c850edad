/**
 * Constants that differ between the graphs of several batch sizes, written as nodes that make them from the batch size:
 * shapes, bounds and counts (a B + c), values repeated along the batch, and evenly spaced numbers.
 */
import type { Graph } from '../graph.js';
import { type Constant as GraphConstant, type OnnxType, onnxTypes } from '../graph-parts.js';
import { type AtEachSize, isConstant, scalarNode, vectorNode } from './batch-numbers.js';

const bytesPerEntry: Readonly<Record<OnnxType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  uint32: 4,
  bfloat16: 2,
};

/** Longer ones are no shapes: they are made from a rule or not at all. */
const longestVector = 64;

/** The same constant in the graphs of several batch sizes. */
export type Variants = readonly [GraphConstant, ...GraphConstant[]];

export function equalConstants([first, ...others]: Variants): boolean {
  return others.every(
    (other) =>
      other.type === first.type &&
      String(other.shape) === String(first.shape) &&
      Buffer.compare(other.bytes, first.bytes) === 0,
  );
}

/** The name of the constant for every batch size; undefined if no rule was found. */
export function constantNode(
  graph: Graph,
  batch: string,
  variants: Variants,
  sizes: readonly number[],
): string | undefined {
  const [{ type, shape }] = variants;
  if (variants.some((variant) => variant.type !== type || variant.shape.length !== shape.length)) return undefined;
  if (variants.every((variant) => String(variant.shape) === String(shape))) {
    return sameShapeNode(graph, batch, variants, sizes);
  }
  const extents = shape.map((_, axis) => variants.map((variant) => variant.shape[axis] as number));
  const axes = extents.flatMap((values, axis) => (isConstant(values) ? [] : [axis]));
  if (axes.length !== 1) return undefined;
  const shapeName = vectorNode(graph, batch, extents, sizes);
  if (shapeName === undefined) return undefined;
  return (
    repeatedNode(graph, variants, axes[0] as number, shapeName) ?? spacedNode(graph, batch, variants, shapeName, sizes)
  );
}

/** Of the entries of a Reshape's shape, the only one that depends on the batch can be left to the runtime, as -1. */
export function reshapeConstant(graph: Graph, variants: Variants): string | undefined {
  const [{ shape }] = variants;
  if (variants.some((variant) => String(variant.shape) !== String(shape))) return undefined;
  const entries = entriesOf(variants);
  const changing = entries.filter((values) => !isConstant(values));
  if (changing.length !== 1 || entries.some((values) => values.some((value) => value <= 0))) return undefined;
  return graph.integers(entries.map((values) => (isConstant(values) ? (values[0] as number) : -1)));
}

function sameShapeNode(graph: Graph, batch: string, variants: Variants, sizes: readonly number[]): string | undefined {
  const [{ type, shape }] = variants;
  if (type !== 'int32' && type !== 'int64') return undefined;
  const entries = entriesOf(variants);
  if (entries.length > longestVector) return undefined;
  const vector = vectorNode(graph, batch, entries, sizes);
  if (vector === undefined) return undefined;
  if (shape.length === 0) return scalarNode(graph, vector, type);
  const typed = type === 'int64' ? vector : graph.add('Cast', [vector], { to: onnxTypes[type] });
  return shape.length === 1 ? typed : graph.add('Reshape', [typed, graph.integers(shape)]);
}

/** Values that are the same all along one axis, as one of them expanded. */
function repeatedNode(graph: Graph, variants: Variants, axis: number, shapeName: string): string | undefined {
  const [first] = variants;
  const inner = product(first.shape.slice(axis + 1)) * bytesPerEntry[first.type];
  const outer = product(first.shape.slice(0, axis));
  const one = Buffer.concat(
    Array.from({ length: outer }, (_, i) => {
      const begin = i * (first.shape[axis] as number) * inner;
      return first.bytes.subarray(begin, begin + inner);
    }),
  );
  for (const { bytes, shape } of variants) {
    const extent = shape[axis] as number;
    for (let i = 0; i < outer * extent; i += 1) {
      const from = Math.floor(i / extent) * inner;
      const expected = one.subarray(from, from + inner);
      if (Buffer.compare(bytes.subarray(i * inner, (i + 1) * inner), expected) !== 0) return undefined;
    }
  }
  const shape = first.shape.map((extent, i) => (i === axis ? 1 : extent));
  return graph.add('Expand', [graph.constant(first.type, shape, one), shapeName]);
}

/** Whole numbers start, start + step, start + 2 step, ... in row-major order. */
function spacedNode(
  graph: Graph,
  batch: string,
  variants: Variants,
  shapeName: string,
  sizes: readonly number[],
): string | undefined {
  const [{ type }] = variants;
  if (type !== 'int32' && type !== 'int64' && type !== 'float32') return undefined;
  const numbers = variants.map(numbersOf);
  const [start, second] = numbers[0] as [number, number];
  const step = second - start;
  const isSpaced = (values: readonly number[]) => values.every((value, i) => value === start + i * step);
  if (!Number.isInteger(start) || !Number.isInteger(step) || !numbers.every(isSpaced)) return undefined;
  const limit = vectorNode(graph, batch, [numbers.map((values) => start + values.length * step)], sizes);
  if (limit === undefined) return undefined;
  const range = graph.add('Range', [
    graph.scalar(type, start),
    scalarNode(graph, limit, type),
    graph.scalar(type, step),
  ]);
  return graph.add('Reshape', [range, shapeName]);
}

function entriesOf(variants: Variants): AtEachSize[] {
  const numbers = variants.map(numbersOf);
  return (numbers[0] as number[]).map((_, entry) => numbers.map((values) => values[entry] as number));
}

function numbersOf({ type, bytes }: GraphConstant): number[] {
  const buffer = bytes.slice().buffer;
  if (type === 'int64') return Array.from(new BigInt64Array(buffer), Number);
  return Array.from(type === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer));
}

function product(extents: readonly number[]): number {
  return extents.reduce((total, extent) => total * extent, 1);
}
