/** Parameter groups: what the settings say about a leaf, by the group that the leaf names. */
import type { GroupSettings, Leaf, TensorMap, TrainingSettings } from '@interfuse/core';
import type { Tensor } from '@tensorflow/tfjs';
import type { LeafMap } from './transform.js';

export type Groups = TrainingSettings['groups'];

/** The group of leaves that name none. */
export const mainGroup = 'main';

export function groupOf(leaf: Leaf | undefined, groups: Groups): GroupSettings {
  return groups[leaf?.group ?? mainGroup] ?? {};
}

/** The gradients with those that clipping includes replaced. */
export function mapClipped(
  gradients: TensorMap,
  leaves: LeafMap,
  groups: Groups,
  change: (gradient: Tensor) => Tensor,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(gradients).map(([path, gradient]) => {
      const included = groupOf(leaves.get(path), groups).clip ?? true;
      return [path, included ? change(gradient) : gradient];
    }),
  );
}
