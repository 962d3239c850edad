/**
 * The steps of training, as values: `accumulate` and `apply`, which the host alternates, and `train`, the two fused.
 *
 * All three are compositions of `objective` and `optimise`; there is no branch in any of them.
 */
import type { Step, TensorMap } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { objective, type StepContext } from './objective.js';
import { optimise } from './optimise.js';
import { accumulatedPath, pick, trainableLeaves, under } from './variables.js';

/**
 * Adds the gradients of a micro-batch to `gradients/` and advances the state.
 *
 * Inputs: a batch, `step`, `epoch`. Outputs: `loss`, `losses/<name>`.
 */
export function accumulateStep(context: StepContext): Step {
  return {
    name: 'accumulate',
    run(variables, inputs) {
      const { gradients, state, outputs } = objective(context, variables, inputs);
      const count = tf.add(variables[accumulatedPath] as tf.Tensor, 1);
      return { updates: { ...state, ...added(variables, gradients), [accumulatedPath]: count }, outputs };
    },
  };
}

/**
 * One optimizer step with what has been accumulated, as mean or as sum over the micro-batches; then the accumulators are
 * zero again. The mean weighs micro-batches alike, however many labels of each are known.
 *
 * Inputs: `learningRate`. Outputs: `gradientNorm`.
 */
export function applyStep(context: StepContext): Step {
  return {
    name: 'apply',
    run(variables, inputs) {
      const sums = pick(variables, 'gradients', trainableLeaves(context.module).keys());
      const count = variables[accumulatedPath] as tf.Tensor;
      const gradients =
        context.settings.accumulation === 'sum' ? sums : mapValues(sums, (sum) => tf.div(sum, tf.maximum(count, 1)));
      const { updates, outputs } = optimise(context, gradients, variables, inputs);
      const cleared = { ...under('gradients', mapValues(sums, tf.zerosLike)), [accumulatedPath]: tf.zerosLike(count) };
      return { updates: { ...updates, ...cleared }, outputs };
    },
  };
}

/**
 * `accumulate` and `apply` in one, for one micro-batch per optimizer step: no accumulators.
 *
 * Inputs: a batch, `step`, `epoch`, `learningRate`. Outputs: `loss`, `losses/<name>`, `gradientNorm`.
 */
export function trainStep(context: StepContext): Step {
  return {
    name: 'train',
    run(variables, inputs) {
      const { gradients, state, outputs } = objective(context, variables, inputs);
      const optimised = optimise(context, gradients, variables, inputs);
      return {
        updates: { ...optimised.updates, ...state },
        outputs: { ...outputs, ...optimised.outputs },
      };
    },
  };
}

/** The accumulators with these gradients, by path in the tree of parameters, added to them. */
export function added(variables: TensorMap, gradients: TensorMap): Record<string, tf.Tensor> {
  const sums = Object.entries(gradients).map(([path, gradient]) => {
    const accumulator = `gradients/${path}`;
    return [accumulator, tf.add(variables[accumulator] as tf.Tensor, gradient)];
  });
  return Object.fromEntries(sums);
}

function mapValues(tensors: Record<string, tf.Tensor>, change: (tensor: tf.Tensor) => tf.Tensor) {
  return Object.fromEntries(Object.entries(tensors).map(([path, tensor]) => [path, change(tensor)]));
}
