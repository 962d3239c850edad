/**
 * Late fusion with a head for all modalities together and heads for single ones: what MLF-DNN and Self-MM have in common,
 * which differ in the labels that single modalities learn.
 */
import { type Batch, type FusionHost, type Output, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import { inFork } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { deepHead, deepHeadLeaves } from './deep-head.js';
import { type ByModality, modalityReader } from './modalities.js';
import { perModality } from './per-modality.js';
import { utteranceLeaves, utteranceVectors } from './utterance-vectors.js';

/** The head of all modalities together, which predicts. */
export const joint = 'joint';

export interface MultiTaskOptions {
  readonly widths: ByModality<number>;
  readonly utteranceDropout: number;
  /** By the name of the head: `joint`, or a modality. */
  readonly hidden: ByModality<number>;
  readonly dropout: ByModality<number>;
}

type Head = Tensors<ReturnType<typeof deepHeadLeaves>>;

/**
 * Leaves and the two parts of `forward`. Outputs have the guess of every head, and as `features` its first hidden layer.
 *
 * @param taught whether a modality has a head of its own
 * @throws PLUGIN_REQUIREMENT if the run has no language model; CONFIG_WRONG_VALUE for options that do not fit its modalities
 */
export function multiTaskFusion(
  strategy: string,
  options: MultiTaskOptions,
  host: FusionHost,
  taught: (modality: string) => boolean = () => true,
) {
  const { widths: inputs, prefixDepths, samplesAlone, ...reader } = modalityReader(host, strategy);
  const widths = perModality(options.widths, inputs, 'widths');
  const hidden = perModality(options.hidden, { joint, ...inputs }, 'hidden');
  const rates = perModality(options.dropout, { joint, ...inputs }, 'dropout');
  const utterances = utteranceLeaves(inputs, widths);
  const all = Object.values(widths).reduce((sum, width) => sum + width, 0);
  const single = Object.keys(inputs).filter(taught);
  const headOf = (name: string, width: number) => deepHeadLeaves(width, hidden[name] as number, taskOutputs(host.task));
  const parameters = {
    ...reader.parameters,
    utterances: utterances.parameters,
    heads: {
      joint: headOf(joint, all),
      single: Object.fromEntries(single.map((modality) => [modality, headOf(modality, widths[modality] as number)])),
    },
  };
  const state = { ...reader.state, utterances: utterances.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function conclude(params: Parameters, before: State, pooled: ByModality<tf.Tensor>, batch: Batch, pass: Pass) {
    const { vectors, state: after } = utteranceVectors(params.utterances, before.utterances, pooled, batch, {
      rate: options.utteranceDropout,
      pass,
    });
    const through = (name: string, head: Head, x: tf.Tensor) =>
      deepHead(head, x, { rate: rates[name] as number, pass: inFork(pass, `heads/${name}`) });
    const whole = through(joint, params.heads.joint, tf.concat(Object.values(vectors), 1)); // x: [B, sum of widths]
    const heads: Record<string, tf.Tensor> = {};
    const features: Record<string, tf.Tensor> = { joint: whole.features };
    for (const modality of single) {
      const own = through(modality, params.heads.single[modality] as Head, vectors[modality] as tf.Tensor);
      heads[modality] = own.prediction;
      features[modality] = own.features;
    }
    const output: Output = { prediction: whole.prediction, heads, features };
    return { output, state: { utterances: after } };
  }

  return { parameters, state, prefixDepths, samplesAlone, read: reader.read, conclude, single, inputs, hidden };
}
