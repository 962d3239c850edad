/** Trees of leaves and tensors, and the paths that name their leaves in checkpoints and messages. */
import {
  InterfuseError,
  isLeaf,
  type Leaf,
  type Leaves,
  type TensorMap,
  type Tensors,
  type TensorTree,
} from '@interfuse/core';
import { Tensor } from '@tensorflow/tfjs';

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}/${name}`;
}

function children<T>(node: { readonly [name: string]: T } | readonly T[]): [string, T][] {
  return Array.isArray(node) ? node.map((child, index) => [String(index), child]) : Object.entries(node);
}

/** Leaves by path (`blocks/3/attention/query/weight`), in the order of the tree. */
export function flattenLeaves(tree: Leaves, prefix = ''): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const visit = (node: Leaf | Leaves, path: string): void => {
    if (isLeaf(node)) leaves.set(path, node);
    else for (const [name, child] of children<Leaf | Leaves>(node)) visit(child, join(path, name));
  };
  visit(tree, prefix);
  return leaves;
}

/** Tensors by path. */
export function flattenTensors(tree: TensorTree, prefix = ''): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  const visit = (node: Tensor | TensorTree, path: string): void => {
    if (node instanceof Tensor) tensors[path] = node;
    else for (const [name, child] of children<Tensor | TensorTree>(node)) visit(child, join(path, name));
  };
  visit(tree, prefix);
  return tensors;
}

/** The tree of tensors for a tree of leaves, from tensors by path. */
export function nestTensors<P extends Leaves>(tree: P, tensors: TensorMap, prefix = ''): Tensors<P> {
  const visit = (node: Leaf | Leaves, path: string): unknown => {
    if (isLeaf(node)) {
      const tensor = tensors[path];
      if (tensor) return tensor;
      throw new InterfuseError('SHAPE_MISMATCH', {
        place: path,
        expected: `a tensor [${node.shape.join(', ')}]`,
        got: 'none',
      });
    }
    if (Array.isArray(node)) return node.map((child, index) => visit(child, join(path, String(index))));
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, visit(child, join(path, name))]));
  };
  return visit(tree, prefix) as Tensors<P>;
}

/** How many values a leaf holds. */
export function leafSize(leaf: Leaf): number {
  return leaf.shape.reduce((product, extent) => product * extent, 1);
}

/** Number of values in the tree, and how many of them the optimizer may change. No weight is read. */
export function countParameters(tree: Leaves): { total: number; trainable: number } {
  let total = 0;
  let trainable = 0;
  for (const leaf of flattenLeaves(tree).values()) {
    total += leafSize(leaf);
    if (leaf.train) trainable += leafSize(leaf);
  }
  return { total, trainable };
}
