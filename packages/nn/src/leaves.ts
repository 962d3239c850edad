/** Makers of leaves: how a layer says what it needs, before anything is allocated. */
import { isLeaf, type Leaf, type Leaves, type Shape, type Stored } from '@interfuse/core';

export type LeafExtras = Partial<Pick<Leaf, 'train' | 'precision' | 'decay' | 'group' | 'inert'>>;

function leaf(shape: Shape, start: Leaf['start'], extras: LeafExtras): Leaf {
  return { shape, start, train: true, ...extras };
}

/** A leaf that starts with one value everywhere. It trains unless the extras say otherwise. */
export function constant(shape: Shape, value: number, extras: LeafExtras = {}): Leaf {
  return leaf(shape, { kind: 'constant', value }, extras);
}

/** A leaf that starts as zeros. */
export function zeros(shape: Shape, extras: LeafExtras = {}): Leaf {
  return constant(shape, 0, extras);
}

/** A leaf that starts as ones. */
export function ones(shape: Shape, extras: LeafExtras = {}): Leaf {
  return constant(shape, 1, extras);
}

/** Normal with mean 0. */
export function normal(shape: Shape, deviation: number, extras: LeafExtras = {}): Leaf {
  return leaf(shape, { kind: 'normal', deviation }, extras);
}

/** U(±1/sqrt(fanIn)): what PyTorch gives linear layers (He et al. 2015 with a = sqrt(5)). */
export function fanInUniform(shape: Shape, fanIn: number, extras: LeafExtras = {}): Leaf {
  return leaf(shape, { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) }, extras);
}

/** Values that lie in a safetensors file; frozen unless said otherwise. */
export function storedLeaf(shape: Shape, stored: Omit<Stored, 'kind'>, extras: LeafExtras = {}): Leaf {
  return leaf(shape, { kind: 'stored', ...stored }, { train: false, ...extras });
}

/** A trainable copy of a leaf: the same start, a place and a name of its own. */
export function trained(original: Leaf, extras: LeafExtras = {}): Leaf {
  return { ...original, train: true, ...extras };
}

/** The same tree with every leaf changed by `change`. */
export function mapLeaves<P extends Leaves>(tree: P, change: (leaf: Leaf) => Leaf): P {
  const visit = (node: Leaf | Leaves): Leaf | Leaves => {
    if (isLeaf(node)) return change(node);
    if (Array.isArray(node)) return node.map(visit);
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, visit(child)]));
  };
  return visit(tree) as P;
}
