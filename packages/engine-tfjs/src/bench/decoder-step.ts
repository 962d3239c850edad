/** A training-like step to measure: a small Llama-like decoder, forward and all gradients. */
import type { HostTensors, Leaves, Step, Tensors } from '@interfuse/core';
import {
  attend,
  causalMask,
  crossEntropy,
  embed,
  embeddingLeaves,
  flattenLeaves,
  gatedFeedForward,
  linear,
  linearLeaves,
  mergeHeads,
  nestTensors,
  rmsNorm,
  rmsNormLeaves,
  splitHeads,
  valueAndGradients,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/** The shape of stories260K, with DeepMLF-like batches. */
export const decoder = { blocks: 5, width: 64, heads: 8, inner: 172, vocabulary: 512, batch: 32, time: 32 } as const;

const { blocks, width, heads, inner, vocabulary, batch, time } = decoder;
const projection = (inputs: number, outputs: number) => linearLeaves(inputs, outputs, { bias: false });

const parameters = {
  embedding: embeddingLeaves(vocabulary, width),
  blocks: Array.from({ length: blocks }, () => ({
    attentionNorm: rmsNormLeaves(width),
    query: projection(width, width),
    key: projection(width, width),
    value: projection(width, width),
    output: projection(width, width),
    feedForwardNorm: rmsNormLeaves(width),
    feedForward: { gate: projection(width, inner), up: projection(width, inner), down: projection(inner, width) },
  })),
  norm: rmsNormLeaves(width),
} satisfies Leaves;

export const decoderLeaves = flattenLeaves(parameters);

/** Multiply-adds of the matrix products count two operations; the gradients take twice the products of the forward pass. */
export const decoderFlops =
  3 * 2 * batch * time * (blocks * (4 * width ** 2 + 3 * width * inner + 2 * time * width) + width * vocabulary);

type Block = Tensors<(typeof parameters)['blocks'][number]>;

function runBlock(params: Block, x: tf.Tensor, allowed: tf.Tensor): tf.Tensor {
  const normed = rmsNorm(params.attentionNorm, x);
  const { values } = attend(
    splitHeads(linear(params.query, normed), heads),
    splitHeads(linear(params.key, normed), heads),
    splitHeads(linear(params.value, normed), heads),
    { allowed },
  );
  const hidden = tf.add(x, linear(params.output, mergeHeads(values)));
  return tf.add(hidden, gatedFeedForward(params.feedForward, rmsNorm(params.feedForwardNorm, hidden), 'silu'));
}

function loss(params: Tensors<typeof parameters>, tokens: tf.Tensor): tf.Tensor {
  const allowed = causalMask(time); // [T, T]
  let x = embed(params.embedding, tokens); // [B, T, D]
  for (const block of params.blocks) x = runBlock(block, x, allowed);
  const logits = linear(params.embedding, rmsNorm(params.norm, x)); // [B, T, vocabulary]
  return crossEntropy(
    tf.reshape(logits, [batch * time, vocabulary]),
    tf.reshape(tokens, [batch * time]),
    tf.ones([batch * time]),
  );
}

/** The gradients are summed, so that all of them are computed and one number is read back. */
export const decoderStep: Step = {
  name: 'decoder',
  run(variables, inputs) {
    const { value, gradients } = valueAndGradients(
      (tensors) => ({ value: loss(nestTensors(parameters, tensors), inputs.tokens as tf.Tensor), rest: {} }),
      variables,
    );
    const total = tf.addN(Object.values(gradients).map((gradient) => tf.sum(gradient)));
    return { updates: {}, outputs: { loss: value, total } };
  },
};

export const decoderInputs: HostTensors = {
  tokens: {
    shape: [batch, time],
    type: 'int32',
    data: Int32Array.from({ length: batch * time }, (_, index) => (index * 37) % vocabulary),
  },
};
