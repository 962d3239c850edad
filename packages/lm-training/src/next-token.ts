/**
 * The objective of language models: the cross-entropy of each token given those before it, as a module that the steps of
 * training take. Letters: B windows, T slots of each, d width.
 */
import type { Batch, FusionModule, LanguageModel, Pass, Tensors } from '@interfuse/core';
import { causalMask, crossEntropy } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * Windows are `text.tokens` [B, T + 1]: slot t predicts token t + 1. `text.mask` says which tokens are real; where pads
 * stand on the right no slot before them reads them, since slots read to the left only.
 *
 * `prediction` is the mean over the real predictions of the batch in nats, [1, 1], and the one loss.
 */
export function nextTokenModule(model: LanguageModel): FusionModule {
  return {
    parameters: model.parameters,
    state: {},
    forward(params, _state, batch, pass) {
      const { tokens, mask } = batch.text as NonNullable<Batch['text']>;
      const [windows, slots] = [tokens.shape[0] as number, (tokens.shape[1] as number) - 1];
      const logits = logitsOf(model, params, tf.slice(tokens, [0, 0], [windows, slots]), pass); // [B, T, vocabulary]
      const following = (x: tf.Tensor): tf.Tensor => tf.reshape(tf.slice(x, [0, 1], [windows, slots]), [-1]); // [B T]
      const entropy = crossEntropy(
        tf.reshape(logits, [windows * slots, model.config.vocabulary]),
        following(tokens),
        following(tf.cast(mask, 'float32')),
      );
      return { output: { prediction: tf.reshape(entropy, [1, 1]) }, state: {} };
    },
    losses: ({ prediction }) => ({ nextToken: { value: prediction, weight: 1 } }),
  };
}

/** [B, T] int32 -> [B, T, vocabulary]. */
function logitsOf(
  model: LanguageModel,
  params: Tensors<LanguageModel['parameters']>,
  tokens: tf.Tensor,
  pass: Pass,
): tf.Tensor {
  const slots = tokens.shape[1] as number;
  const frame = {
    positions: tf.range(0, slots, 1, 'int32'),
    allowed: tf.expandDims(causalMask(slots), 0), // [1, T, T]
    pass,
  };
  let hidden = model.begin(params, model.embed(params, tokens), frame); // [B, T, d]
  for (let index = 0; index < model.config.layers; index += 1) {
    hidden = model.block(params, index, hidden, frame).hidden;
  }
  return model.logits(params, model.norm(params, hidden));
}
