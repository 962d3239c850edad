/** Whole numbers that follow from the batch size B as a B + c: found from graphs of several sizes, written as nodes. */
import type { Graph } from '../graph.js';
import { onnxTypes } from '../graph-parts.js';

export interface Affine {
  readonly factor: number;
  readonly offset: number;
}

/** The a and c for which each value is a B + c at its size of batch; undefined if there are none. Two sizes at least. */
export function affine(values: readonly number[], sizes: readonly number[]): Affine | undefined {
  const [first, second] = values as [number, number];
  const [size, other] = sizes as [number, number];
  const factor = (second - first) / (other - size);
  const offset = first - factor * size;
  const fits = values.every((value, i) => value === factor * (sizes[i] as number) + offset);
  return Number.isInteger(factor) && fits ? { factor, offset } : undefined;
}

/** A number at each size of batch: the same throughout, or one that follows from it. */
export type AtEachSize = readonly number[];

export const isConstant = (values: AtEachSize): boolean => values.every((value) => value === values[0]);

/**
 * An int64 vector with these entries.
 *
 * @param batch name of the batch size, int64 [1]
 * @returns undefined if an entry is no a B + c
 */
export function vectorNode(
  graph: Graph,
  batch: string,
  entries: readonly AtEachSize[],
  sizes: readonly number[],
): string | undefined {
  const parts: string[] = [];
  let constants: number[] = [];
  const close = () => {
    if (constants.length > 0) parts.push(graph.integers(constants));
    constants = [];
  };
  for (const values of entries) {
    if (isConstant(values)) {
      constants.push(values[0] as number);
      continue;
    }
    const found = affine(values, sizes);
    if (!found) return undefined;
    close();
    parts.push(affineNode(graph, batch, found));
  }
  close();
  return parts.length === 1 ? (parts[0] as string) : graph.add('Concat', parts, { axis: 0 });
}

function affineNode(graph: Graph, batch: string, { factor, offset }: Affine): string {
  const scaled = factor === 1 ? batch : graph.add('Mul', [batch, graph.integers([factor])]);
  return offset === 0 ? scaled : graph.add('Add', [scaled, graph.integers([offset])]);
}

/** A vector of one entry as a scalar of this type. */
export function scalarNode(graph: Graph, vector: string, type: 'int32' | 'int64' | 'float32'): string {
  const scalar = graph.add('Squeeze', [vector, graph.integers([0])]);
  return type === 'int64' ? scalar : graph.add('Cast', [scalar], { to: onnxTypes[type] });
}
