/** The objective of one micro-batch: forward in training mode, the loss terms, their gradients and the new state. */
import {
  type FusionModule,
  InterfuseError,
  type LossTerm,
  type Output,
  type Pass,
  type Task,
  type TensorMap,
  type TensorTree,
  type TrainingSettings,
} from '@interfuse/core';
import { createRandom, flattenLeaves, flattenTensors, nestTensors, taskLoss, valueAndGradients } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { batchFromInputs, input } from './inputs.js';
import { partsOf } from './parts.js';
import { pick, trainableLeaves, under } from './variables.js';

export interface StepContext {
  readonly module: FusionModule;
  readonly task: Task;
  /** Seed of the run: the key of its random numbers. */
  readonly seed: number;
  readonly settings: TrainingSettings;
}

export interface ObjectiveResult {
  /** By path in the tree of parameters. */
  readonly gradients: Record<string, tf.Tensor>;
  /** Of what was read before, by name. */
  readonly readGradients: Record<string, tf.Tensor>;
  /** The paths of parameters that the loss depends on; the gradients of the others are zero. */
  readonly reached: ReadonlySet<string>;
  /** `state/<path>`: the new values. */
  readonly state: Record<string, tf.Tensor>;
  /** `loss`, the weighted sum, and `losses/<name>`, each term as it is, without its weight. */
  readonly outputs: Record<string, tf.Tensor>;
}

/**
 * @param read what the first of the model's two parts made of the batch: only the second is computed
 * @throws ENGINE_STEP if the model returns state that it did not declare, or not all that it did
 * @throws SHAPE_MISMATCH if a loss term is no scalar or a label is missing
 */
export function objective(
  context: StepContext,
  variables: TensorMap,
  inputs: TensorMap,
  read?: TensorMap,
): ObjectiveResult {
  const { module, seed } = context;
  const batch = batchFromInputs(inputs);
  const state = nestTensors(module.state, variables, 'state');
  const pass = trainingPass(seed, inputs);
  const names = Object.keys(read ?? {});

  const { value, gradients, reached, rest } = valueAndGradients(
    (tensors) => {
      const params = nestTensors(module.parameters, { ...variables, ...tensors }, 'parameters');
      const { output, state: next } = read
        ? partsOf(module).conclude(params, state, pick(tensors, 'read', names), batch, pass)
        : module.forward(params, state, batch, pass);
      const terms = module.losses?.(output, batch, state, pass) ?? defaultLosses(context.task, output, batch.labels);
      const losses = checkTerms(terms);
      // What people look at is left out here, so that tracing prunes it.
      const { inspect: _, ...kept } = output;
      return {
        value: weightedSum(losses),
        rest: {
          output: kept,
          state: checkState(module, next),
          losses: Object.fromEntries(Object.entries(losses).map(([name, { value }]) => [name, value])),
        },
      };
    },
    { ...under('parameters', trainableVariables(module, variables)), ...under('read', read ?? {}) },
  );

  const followed = module.afterStep?.(nestTensors(module.state, rest.state), rest.output, batch, pass);
  return {
    gradients: pick(gradients, 'parameters', trainableLeaves(module).keys()),
    readGradients: pick(gradients, 'read', names),
    reached: new Set([...trainableLeaves(module).keys()].filter((path) => reached.has(`parameters/${path}`))),
    state: under('state', followed ? checkState(module, followed) : rest.state),
    outputs: { loss: value, ...under('losses', rest.losses) },
  };
}

export function trainingPass(seed: number, inputs: TensorMap): Pass {
  return {
    training: true,
    epoch: input(inputs, 'epoch'),
    random: createRandom(seed, input(inputs, 'step')),
  };
}

/** The tensors of the parameters that the optimizer may change, by path in their tree. */
export function trainableVariables(module: FusionModule, variables: TensorMap): Record<string, tf.Tensor> {
  return pick(variables, 'parameters', trainableLeaves(module).keys());
}

function defaultLosses(
  task: Task,
  { prediction }: Output,
  labels: Parameters<FusionModule['forward']>[2]['labels'],
): Record<string, LossTerm> {
  const label = labels.task;
  if (label) return { task: { value: taskLoss(task, prediction, label), weight: 1 } };
  throw new InterfuseError('SHAPE_MISMATCH', {
    place: 'input labels/task/values',
    expected: 'the label that is predicted',
    got: `labels: ${Object.keys(labels).join(', ') || 'none'}`,
    remedy: 'Name the predicted label of the dataset `task`.',
  });
}

function checkTerms(terms: Record<string, LossTerm>): Record<string, LossTerm> {
  for (const [name, { value }] of Object.entries(terms)) {
    if (value.size === 1) continue;
    throw new InterfuseError('SHAPE_MISMATCH', {
      place: `loss ${name}`,
      expected: 'a scalar, averaged over the batch',
      got: `[${value.shape.join(', ')}]`,
      remedy: 'Average the term over the batch.',
    });
  }
  return Object.fromEntries(
    Object.entries(terms).map(([name, { value, weight }]) => [name, { value: tf.reshape(value, []), weight }]),
  );
}

function weightedSum(losses: Record<string, LossTerm>): tf.Tensor {
  const weighted = Object.values(losses).map(({ value, weight }) => tf.mul(value, weight));
  return weighted.length === 0 ? tf.scalar(0) : tf.addN(weighted);
}

/** The returned state by path, which has to be exactly what the module declares. */
export function checkState(module: FusionModule, tree: TensorTree): Record<string, tf.Tensor> {
  const declared = flattenLeaves(module.state);
  const returned = flattenTensors(tree);
  const problem = (path: string, expected: string, got: string): InterfuseError =>
    new InterfuseError('ENGINE_STEP', { place: `state/${path}`, expected, got });
  for (const [path, { shape }] of declared) {
    const tensor = returned[path];
    const expected = `float32 [${shape.join(', ')}]`;
    if (!tensor) throw problem(path, expected, 'nothing');
    const got = `${tensor.dtype} [${tensor.shape.join(', ')}]`;
    if (got !== expected) throw problem(path, expected, got);
  }
  const surplus = Object.keys(returned).find((path) => !declared.has(path));
  if (surplus !== undefined) throw problem(surplus, 'only state that the module declares', 'a tensor of this path');
  return returned;
}
