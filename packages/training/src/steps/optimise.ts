/** One optimizer update of all trainable parameters: p <- p + change, where the optimizer turns gradients into changes. */
import type { TensorMap } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { globalNorm } from '../optimizers/clip-by-global-norm.js';
import { optimizerFor } from '../optimizers/optimizer.js';
import { sideBySide } from '../optimizers/side-by-side.js';
import { input } from './inputs.js';
import type { StepContext } from './objective.js';
import { pick, trainableLeaves } from './variables.js';

/**
 * @param gradients by path in the tree of parameters
 * @returns new parameters and optimizer state by variable path, and `gradientNorm`, the global norm before clipping
 */
export function optimise(
  { module, settings }: StepContext,
  gradients: TensorMap,
  variables: TensorMap,
  inputs: TensorMap,
): { updates: Record<string, tf.Tensor>; outputs: Record<string, tf.Tensor> } {
  const leaves = trainableLeaves(module);
  const parameters = pick(variables, 'parameters', leaves.keys());
  const learningRate = input(inputs, 'learningRate');
  const { updates: changes, state } = optimizerFor(settings).update(gradients, variables, {
    leaves,
    parameters,
    learningRate,
  });
  const updates: Record<string, tf.Tensor> = { ...state };
  for (const [path, change] of Object.entries(changes)) {
    updates[`parameters/${path}`] = tf.add(parameters[path] as tf.Tensor, change);
  }
  return { updates, outputs: { gradientNorm: globalNorm(sideBySide(gradients, leaves)) } };
}
