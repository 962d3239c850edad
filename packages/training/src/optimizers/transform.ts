/**
 * The piece that optimizers are made of: a pair of pure functions, in the manner of optax.
 *
 * A transform turns gradients into other gradients, the last one of a chain into the change of the parameters. What it
 * remembers is declared as leaves, so that engines allocate it and checkpoints hold it like any other variable.
 */
import type { Leaf, TensorMap } from '@interfuse/core';
import type { Tensor } from '@tensorflow/tfjs';

export type LeafMap = ReadonlyMap<string, Leaf>;

export interface TransformContext {
  /** The declarations of the trainable parameters, by the paths of the gradients. */
  readonly leaves: LeafMap;
  /** Their values. */
  readonly parameters: TensorMap;
  /** Scalar float32: an input of the graph, so that one program serves the whole schedule. */
  readonly learningRate: Tensor;
}

export interface GradientTransform {
  /** What has to be remembered from one update to the next, by variable path. */
  init(leaves: LeafMap): Map<string, Leaf>;
  /** @param state every variable that `init` declared; more may be there */
  update(gradients: TensorMap, state: TensorMap, context: TransformContext): { updates: TensorMap; state: TensorMap };
}

/** A transform that remembers nothing and needs to know the leaves alone. */
export interface Clip extends GradientTransform {
  update(
    gradients: TensorMap,
    state: TensorMap,
    context: Pick<TransformContext, 'leaves'>,
  ): { updates: TensorMap; state: TensorMap };
}

/** One transform after the other: each gets what the one before it returns. */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  return {
    init: (leaves) => new Map(transforms.flatMap((transform) => [...transform.init(leaves)])),
    update(gradients, state, context) {
      let updates = gradients;
      const next: Record<string, Tensor> = {};
      for (const transform of transforms) {
        const result = transform.update(updates, state, context);
        updates = result.updates;
        Object.assign(next, result.state);
      }
      return { updates, state: next };
    },
  };
}
