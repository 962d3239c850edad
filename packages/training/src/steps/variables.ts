/** Which variables a store needs, and under which paths, to run or to train a model. */
import type { FusionModule, Leaf, TensorMap, TrainingSettings } from '@interfuse/core';
import { flattenLeaves, zeros } from '@interfuse/nn';
import type { Tensor } from '@tensorflow/tfjs';
import { optimizerFor } from '../optimizers/optimizer.js';

/** Variable that counts the micro-batches whose gradients lie in `gradients/`. */
export const accumulatedPath = 'counters/accumulated';

/** `parameters/<path>` and `state/<path>`: enough to evaluate. */
export function modelLeaves(module: FusionModule): Map<string, Leaf> {
  return new Map([...flattenLeaves(module.parameters, 'parameters'), ...flattenLeaves(module.state, 'state')]);
}

/** The declarations of what the optimizer may change, by path in the tree of parameters. */
export function trainableLeaves(module: FusionModule): Map<string, Leaf> {
  return new Map([...flattenLeaves(module.parameters)].filter(([, leaf]) => leaf.train));
}

/**
 * The variables of a model in training: its own, what the optimizer remembers, and, if gradients are accumulated,
 * `gradients/<path>` and `counters/accumulated`.
 */
export function trainingLeaves(module: FusionModule, settings: TrainingSettings): Map<string, Leaf> {
  const trainable = trainableLeaves(module);
  const leaves = new Map([...modelLeaves(module), ...optimizerFor(settings).init(trainable)]);
  if (settings.accumulate > 1 || settings.pieceSize > 0) {
    leaves.set(accumulatedPath, zeros([], { train: false }));
    for (const [path, { shape }] of trainable) leaves.set(`gradients/${path}`, zeros(shape, { train: false }));
  }
  return leaves;
}

/** The tensors under a prefix for these paths. */
export function pick(variables: TensorMap, prefix: string, paths: Iterable<string>): Record<string, Tensor> {
  const picked: Record<string, Tensor> = {};
  for (const path of paths) picked[path] = variables[`${prefix}/${path}`] as Tensor;
  return picked;
}

/** The same tensors with the prefix before their paths. */
export function under(prefix: string, tensors: TensorMap): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([path, tensor]) => [`${prefix}/${path}`, tensor]));
}
