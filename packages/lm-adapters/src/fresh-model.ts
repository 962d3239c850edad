/** A language model before any training, with the names under which Hugging Face stores its tensors. */
import type { CheckpointTensor, LanguageModel, Leaf } from '@interfuse/core';
import { tensorsByPath } from './adaptation/adapt.js';
import { architectureOf } from './architectures/index.js';
import type { ModelConfig } from './model-config.js';
import { type DeclareLeaf, freshWeights } from './weights.js';

/**
 * Every leaf is trained; weight decay leaves vectors (biases, norms) alone.
 *
 * @returns the model, and the tensor of each leaf by its path in the tree of parameters
 * @throws LANGUAGE_MODEL_INVALID if the config is not one that is computed here
 */
export async function freshModel(
  config: ModelConfig,
): Promise<{ model: LanguageModel; tensors: ReadonlyMap<string, CheckpointTensor> }> {
  const { build } = await architectureOf(config, undefined);
  const fresh = freshWeights();
  const tensors = new Map<Leaf, CheckpointTensor>();
  const declare: DeclareLeaf = (shape, tensor, settings) => {
    const leaf: Leaf = { ...fresh.declare(shape, tensor, settings), train: true, decay: shape.length > 1 };
    tensors.set(leaf, { name: tensor, transposed: settings?.transposed === true });
    return leaf;
  };
  const model = build(config, declare);
  return { model, tensors: tensorsByPath(model.parameters, tensors) };
}
