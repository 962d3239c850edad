/**
 * The steps that train on a batch in pieces, with the gradients and batch statistics of the whole batch: `read` for each
 * piece, `conclude` for the batch, `return` for each piece again. What the model makes of a piece is computed twice, and
 * kept only for one piece at a time (gradient caching: Gao et al. 2021, arXiv 2101.06983, section 3.2).
 */
import type { Step } from '@interfuse/core';
import { nestTensors, valueAndGradients } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { batchFromInputs } from './inputs.js';
import { objective, type StepContext, trainableVariables, trainingPass } from './objective.js';
import { partsOf } from './parts.js';
import { added } from './training-steps.js';
import { accumulatedPath, pick, under } from './variables.js';

/** Paths of what the first part made of a batch, and of the gradients of the loss with respect to it. */
export const readPath = 'read';
export const readGradientsPath = 'readGradients';

/** Inputs: a piece, `step`, `epoch`. Outputs: `read/<name>` [piece, ...]. */
export function readStep({ module, seed }: StepContext): Step {
  return {
    name: 'read',
    run(variables, inputs) {
      const params = nestTensors(module.parameters, variables, 'parameters');
      const state = nestTensors(module.state, variables, 'state');
      const read = partsOf(module).read(params, state, batchFromInputs(inputs), trainingPass(seed, inputs));
      return { updates: {}, outputs: under(readPath, read) };
    },
  };
}

/**
 * Adds the gradients of what comes after reading to `gradients/` and advances the state.
 *
 * Inputs: the batch, `read/<name>` [B, ...], `step`, `epoch`. Outputs: `loss`, `losses/<name>`, `readGradients/<name>`.
 */
export function concludeStep(context: StepContext, names: readonly string[]): Step {
  return {
    name: 'conclude',
    run(variables, inputs) {
      const read = pick(inputs, readPath, names);
      const { gradients, reached, readGradients, state, outputs } = objective(context, variables, inputs, read);
      const count = tf.add(variables[accumulatedPath] as tf.Tensor, 1);
      return {
        updates: { ...state, ...added(variables, only(gradients, reached)), [accumulatedPath]: count },
        outputs: { ...outputs, ...under(readGradientsPath, readGradients) },
      };
    },
  };
}

/**
 * Adds what the gradients with respect to what was read come to in the parameters, to `gradients/`.
 *
 * Inputs: a piece, `readGradients/<name>` [piece, ...], `step`, `epoch`. No outputs.
 */
export function returnStep({ module, seed }: StepContext, names: readonly string[]): Step {
  return {
    name: 'return',
    run(variables, inputs) {
      const state = nestTensors(module.state, variables, 'state');
      const { gradients, reached } = valueAndGradients(
        (tensors) => {
          const parameters = { ...variables, ...under('parameters', tensors) };
          const params = nestTensors(module.parameters, parameters, 'parameters');
          const read = partsOf(module).read(params, state, batchFromInputs(inputs), trainingPass(seed, inputs));
          // Its gradient is that of the loss, by the chain rule.
          const products = names.map((name) =>
            tf.sum(tf.mul(read[name] as tf.Tensor, inputs[`${readGradientsPath}/${name}`] as tf.Tensor)),
          );
          return { value: tf.addN(products), rest: {} };
        },
        trainableVariables(module, variables),
      );
      return { updates: added(variables, only(gradients, reached)), outputs: {} };
    },
  };
}

function only(gradients: Record<string, tf.Tensor>, paths: ReadonlySet<string>): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(gradients).filter(([path]) => paths.has(path)));
}
