/**
 * The steps of training, as values: `accumulate` and `apply`, which the host alternates, and `train`, the two fused.
 *
 * All three are compositions of `objective` and `optimise`; there is no branch in any of them.
 */
import type { Step, TensorMap } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { clipGradients } from '../optimizers/clip.js';
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
      const sums = added(variables, gradients);
      const kept = context.settings.clipAt === 'micro-batch' ? clippedSums(context, sums) : sums;
      return { updates: { ...state, ...kept, [accumulatedPath]: count }, outputs };
    },
  };
}

/** Clips what is accumulated so far: for micro-batches whose gradients come in pieces. No inputs, no outputs. */
export function clipStep(context: StepContext): Step {
  return {
    name: 'clip',
    run(variables) {
      const sums = under('gradients', pick(variables, 'gradients', trainableLeaves(context.module).keys()));
      return { updates: clippedSums(context, sums), outputs: {} };
    },
  };
}

/** Throws away what has been accumulated. No inputs, no outputs. */
export function discardStep({ module }: StepContext): Step {
  return {
    name: 'discard',
    run(variables) {
      const sums = pick(variables, 'gradients', trainableLeaves(module).keys());
      const count = variables[accumulatedPath] as tf.Tensor;
      return { updates: cleared(sums, count), outputs: {} };
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
      const { updates, outputs } = optimise(unclipped(context), gradients, variables, inputs);
      return { updates: { ...updates, ...cleared(sums, count) }, outputs };
    },
  };
}

/** The same context for gradients that were clipped while they were accumulated, if they were. */
function unclipped(context: StepContext): StepContext {
  if (context.settings.clipAt === 'update') return context;
  return { ...context, settings: { ...context.settings, clipValue: 0, clipNorm: 0 } };
}

/** @param sums by the path of their accumulator, all of them */
function clippedSums({ module, settings }: StepContext, sums: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  const leaves = trainableLeaves(module);
  const byPath = pick(sums, 'gradients', leaves.keys());
  return under('gradients', clipGradients(settings, byPath, leaves));
}

function cleared(sums: Record<string, tf.Tensor>, count: tf.Tensor): Record<string, tf.Tensor> {
  return { ...under('gradients', mapValues(sums, tf.zerosLike)), [accumulatedPath]: tf.zerosLike(count) };
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
