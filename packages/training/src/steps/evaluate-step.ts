/** The step that predicts: forward outside of training. */
import type { FusionModule, Pass, Step } from '@interfuse/core';
import { createRandom, nestTensors } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { batchFromInputs, input } from './inputs.js';
import { under } from './variables.js';

export interface EvaluateChoices {
  /** Also return the auxiliary heads. */
  readonly heads?: boolean;
  /** Also return what is there to be looked at: gates, attention. `unsampled`: only what belongs to no sample, as gates do. */
  readonly inspect?: boolean | 'unsampled';
  /** Hears what the axes of the inspected tensors are called, each time the step is run or traced. */
  onAxes?(axes: { readonly [name: string]: readonly string[] }): void;
}

/**
 * Inputs: a batch, `epoch`. Outputs: `prediction` [B, outputs] and, where asked for, `heads/<name>`, `inspect/<name>`.
 *
 * State is read and not advanced. `step` is 0: a strategy that draws random numbers outside of training draws the same.
 */
export function evaluateStep(
  { module, seed }: { readonly module: FusionModule; readonly seed: number },
  { heads = false, inspect = false, onAxes }: EvaluateChoices = {},
): Step {
  return {
    name: 'evaluate',
    run(variables, inputs) {
      const pass: Pass = {
        training: false,
        epoch: input(inputs, 'epoch'),
        random: createRandom(seed, tf.scalar(0, 'int32')),
      };
      const { output } = module.forward(
        nestTensors(module.parameters, variables, 'parameters'),
        nestTensors(module.state, variables, 'state'),
        batchFromInputs(inputs),
        pass,
      );
      const inspected = Object.entries(output.inspect ?? {}).filter(
        ([, { axes }]) => inspect === true || (inspect === 'unsampled' && !axes.includes('sample')),
      );
      onAxes?.(Object.fromEntries(inspected.map(([name, { axes }]) => [name, axes])));
      return {
        updates: {},
        outputs: {
          prediction: output.prediction,
          ...(heads ? under('heads', output.heads ?? {}) : {}),
          ...under('inspect', Object.fromEntries(inspected.map(([name, { values }]) => [name, values]))),
        },
      };
    },
  };
}
