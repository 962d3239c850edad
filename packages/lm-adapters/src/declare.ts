/** The leaves that decoders are made of, by the names of their tensors: what every architecture declares in the same way. */
import type { Leaf, LinearLeaves } from '@interfuse/core';
import { type DeclareLeaf, one, zero } from './weights.js';

export type Weight = { readonly weight: Leaf };
export type Affine = { readonly weight: Leaf; readonly bias: Leaf };

/** `<tensor>.weight` and, where the layer has one, `<tensor>.bias`. */
export function linearLeaves(
  declare: DeclareLeaf,
  [outputs, inputs]: readonly [outputs: number, inputs: number],
  tensor: string,
  bias: boolean,
): LinearLeaves {
  const weight = declare([outputs, inputs], `${tensor}.weight`);
  return bias ? { weight, bias: declare([outputs], `${tensor}.bias`, { fresh: zero }) } : { weight };
}

/** A table of rows by id. */
export function tableLeaves(declare: DeclareLeaf, rows: number, width: number, tensor: string): Weight {
  return { weight: declare([rows, width], `${tensor}.weight`) };
}

export function rmsNormLeaves(declare: DeclareLeaf, width: number, tensor: string): Weight {
  return { weight: declare([width], `${tensor}.weight`, { fresh: one }) };
}

export function layerNormLeaves(declare: DeclareLeaf, width: number, tensor: string): Affine {
  return { ...rmsNormLeaves(declare, width, tensor), bias: declare([width], `${tensor}.bias`, { fresh: zero }) };
}

/** Some rows of a leaf, as a frozen leaf with the same start: a copy of theirs in the file, or fresh values alike. */
export function leafRows(leaf: Leaf, first: number, count: number): Leaf {
  const [of, ...rest] = leaf.shape as [number, ...number[]];
  const start = leaf.start.kind === 'stored' ? { ...leaf.start, rows: { first, of } } : leaf.start;
  return { ...leaf, shape: [count, ...rest], start };
}
