/** Auxiliary heads and losses of grouped tokens: the task from every token, from every encoder, and from the last word. */
import type { Batch, LabelInput, LossTerm, Output, Task, Tensors } from '@interfuse/core';
import { type LinearParameters, linear, linearLeaves, taskLoss } from '@interfuse/nn';
import type * as tf from '@tensorflow/tfjs';
import { deepmlfLosses } from '../losses.js';
import { jointGroup } from './token-groups.js';

export interface GroupLossWeights {
  /** From each token of every group. */
  readonly fusion: number;
  /** From the joint encoder. */
  readonly joint: number;
  /** From the encoder of each stream. */
  readonly streams: number;
  readonly text: number;
  readonly languageModel: number;
}

type Head = LinearParameters<true>;

/** @param widths of the encoders by group; a head exists where its loss has a weight */
export function guessLeaves(
  { width, widths, outputs }: { width: number; widths: Readonly<Record<string, number>>; outputs: number },
  weights: GroupLossWeights,
) {
  const guessed = Object.entries(widths).filter(([group]) => encoderWeight(group, weights) > 0);
  const heads: { fusion?: Head; text?: Head; encoders: Readonly<Record<string, Head>> } = {
    ...(weights.fusion > 0 ? { fusion: linearLeaves(width, outputs) } : {}),
    ...(weights.text > 0 ? { text: linearLeaves(width, outputs) } : {}),
    encoders: Object.fromEntries(guessed.map(([group, each]) => [group, linearLeaves(each, outputs)])),
  };
  return heads;
}

function encoderWeight(group: string, { joint, streams }: GroupLossWeights): number {
  return group === jointGroup ? joint : streams;
}

/** What is read of every sample: tokens F_out [B, n, d], the last word h_t [B, d], and the mean of each Z [B, e] by group. */
export interface GroupReadings {
  readonly fusion: tf.Tensor;
  readonly lastWord: tf.Tensor;
  readonly encoders: Readonly<Record<string, tf.Tensor>>;
}

/** fusion [B, n, outputs]; text, streams (the joint encoder) and `streams/<stream>` [B, outputs]. */
export function guess(
  params: Tensors<ReturnType<typeof guessLeaves>>,
  { fusion, lastWord, encoders }: GroupReadings,
): Record<string, tf.Tensor> {
  const guesses: Record<string, tf.Tensor> = {};
  if (params.fusion) guesses.fusion = linear(params.fusion, fusion);
  if (params.text) guesses.text = linear(params.text, lastWord);
  for (const [group, head] of Object.entries(params.encoders)) {
    const name = group === jointGroup ? 'streams' : `streams/${group}`;
    guesses[name] = linear(head, encoders[group] as tf.Tensor);
  }
  return guesses;
}

/** The terms of DeepMLF, of which `streams` is that of the joint encoder, and one for each stream alone. */
export function groupLosses(
  output: Output,
  batch: Batch,
  task: Task,
  { joint, streams, ...weights }: GroupLossWeights,
): Record<string, LossTerm> {
  const terms = deepmlfLosses(output, batch, task, { ...weights, streams: joint, consistency: 0 });
  for (const [name, value] of Object.entries(output.heads ?? {})) {
    if (!name.startsWith('streams/')) continue;
    terms[name] = { value: taskLoss(task, value, batch.labels.task as LabelInput), weight: streams };
  }
  return terms;
}

const encoderReading = 'encoders/';

/** Readings as a flat record, for `ForwardParts.read`. */
export function flattenReadings({ encoders, ...readings }: GroupReadings): Record<string, tf.Tensor> {
  const means = Object.entries(encoders).map(([group, mean]) => [`${encoderReading}${group}`, mean] as const);
  return { ...readings, ...Object.fromEntries(means) };
}

export function nestReadings(flat: { readonly [name: string]: tf.Tensor }): GroupReadings {
  const means = Object.entries(flat).filter(([name]) => name.startsWith(encoderReading));
  return {
    fusion: flat.fusion as tf.Tensor,
    lastWord: flat.lastWord as tf.Tensor,
    encoders: Object.fromEntries(means.map(([name, mean]) => [name.slice(encoderReading.length), mean])),
  };
}
