/**
 * Z = E_AV(X_a, X_v): encoders side by side, joined on the feature axis at every step (arXiv 2504.11082, audio-visual
 * encoder). The same Z serves every MM Block.
 */
import { type Batch, type Encoder, InterfuseError, type Pass, type Tensors, type TensorTree } from '@interfuse/core';
import {
  encoderLeaves,
  encodeStreams,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  mapLeaves,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

type Encoders = { readonly [stream: string]: Encoder };

/** @param width of Z; null is that of the widest encoder */
export function jointStreamLeaves(encoders: Encoders, width: number | null) {
  const widths = Object.values(encoders).map((encoder) => encoder.width);
  const joint = width ?? Math.max(...widths);
  const { parameters, state } = encoderLeaves(encoders);
  const join = linearLeaves(
    widths.reduce((sum, each) => sum + each, 0),
    joint,
  );
  return {
    parameters: {
      encoders: parameters,
      join: mapLeaves(join, (leaf) => ({ ...leaf, group: 'encoders' })),
      norm: layerNormLeaves(joint),
    },
    state,
    width: joint,
  };
}

/**
 * @returns values Z [B, T, e] and mask [B, T], a step being real where any stream has it; encoders without masks make
 *   every step real, as published
 */
export function jointStreams(
  encoders: Encoders,
  params: Tensors<ReturnType<typeof jointStreamLeaves>['parameters']>,
  state: Tensors<ReturnType<typeof jointStreamLeaves>['state']>,
  batch: Pick<Batch, 'streams'>,
  pass: Pass,
): { values: tf.Tensor; mask: tf.Tensor; state: Record<string, TensorTree> } {
  const streamed = encodeStreams(encoders, params.encoders, state, batch, pass);
  const encoded = Object.values(streamed.encoded);
  const side = tf.concat(
    encoded.map(({ values }) => values),
    2,
  ); // [B, T, sum of widths]
  const mask = encoded.map((each) => each.mask).reduce((any, each) => tf.logicalOr(any, each));
  return { values: layerNorm(params.norm, linear(params.join, side)), mask, state: streamed.state };
}

/** @throws PLUGIN_REQUIREMENT unless several encoders all return the same, fixed number of steps */
export function requireEqualSteps(encoders: Encoders): void {
  const steps = Object.entries(encoders).map(([stream, encoder]) => [stream, encoder.steps] as const);
  const [first] = steps;
  if (steps.length < 2 || steps.every(([, each]) => each !== undefined && each === first?.[1])) return;
  throw new InterfuseError('PLUGIN_REQUIREMENT', {
    place: 'encoders',
    expected: 'the same number of steps from the encoder of every stream, for DeepMLF joins them step by step',
    got: steps.map(([stream, each]) => `${stream}: ${each ?? 'as many as it has frames'}`).join(', '),
    remedy: "Give all encoders the same steps: encoders: { '*': { use: transformer, options: { steps: 16 } } }.",
  });
}
