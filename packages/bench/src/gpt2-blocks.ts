/** Four blocks of the size of GPT-2 (width 768, 12 heads): forward, and the gradients of all their weights. */
import type { Engine, Program, Tensors } from '@interfuse/core';
import {
  attend,
  causalMask,
  feedForward,
  feedForwardLeaves,
  flattenLeaves,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  mergeHeads,
  nestTensors,
  splitHeads,
  valueAndGradients,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export const size = { blocks: 4, batch: 8, time: 70, width: 768, heads: 12 } as const;

/** Multiplications and additions: 2 for every weight and token forward, 4 backward. */
export const operations = 6 * size.batch * size.time * size.blocks * 12 * size.width ** 2;

const blockLeaves = (width: number) => ({
  attentionNorm: layerNormLeaves(width),
  attention: linearLeaves(width, 3 * width),
  output: linearLeaves(width, width),
  feedForwardNorm: layerNormLeaves(width),
  feedForward: feedForwardLeaves(width, 4 * width),
});

type BlockLeaves = ReturnType<typeof blockLeaves>;

function block(params: Tensors<BlockLeaves>, x: tf.Tensor, allowed: tf.Tensor): tf.Tensor {
  const packed = linear(params.attention, layerNorm(params.attentionNorm, x));
  const [query, key, value] = tf.split(packed, 3, -1).map((part) => splitHeads(part, size.heads)) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const y = tf.add(x, linear(params.output, mergeHeads(attend(query, key, value, { allowed }).values)));
  return tf.add(y, feedForward(params.feedForward, layerNorm(params.feedForwardNorm, y), 'gelu-tanh'));
}

/** A program with the input `x` [batch, time, width]. */
export async function compileBlocks(engine: Engine): Promise<Program> {
  const tree = Array.from({ length: size.blocks }, () => blockLeaves(size.width));
  const store = engine.createStore();
  await store.allocate(flattenLeaves(tree), 1);
  return engine.compile(
    {
      name: 'blocks',
      run(variables, { x }) {
        const { value, gradients } = valueAndGradients((params) => {
          const allowed = causalMask(size.time);
          const y = nestTensors(tree, params).reduce((hidden, own) => block(own, hidden, allowed), x as tf.Tensor);
          return { value: tf.mean(tf.square(y)), rest: {} };
        }, variables);
        // A small step, so that every gradient is needed and none has to be read back.
        const updates = Object.entries(variables).map(([path, weight]) => {
          return [path, tf.sub(weight, tf.mul(gradients[path] as tf.Tensor, 1e-6))] as const;
        });
        return { updates: Object.fromEntries(updates), outputs: { value } };
      },
    },
    store,
  );
}
