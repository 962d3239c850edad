/** A language model before any training, with the names under which Hugging Face stores its tensors. */
import type { Initializer, LanguageModel, Leaf } from '@interfuse/core';
import { flattenLeaves } from '@interfuse/nn';
import { architectureOf } from './architectures/index.js';
import type { ModelConfig } from './model-config.js';
import type { DeclareLeaf } from './weights.js';

/** What GPT-2 starts its matrices with (Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training", section 4.1). */
const small: Initializer = { kind: 'normal', deviation: 0.02 };

/** Where the values of a leaf lie in a checkpoint. */
export interface TensorPlace {
  readonly tensor: string;
  /** True if the file holds the transpose of the leaf. */
  readonly transposed: boolean;
}

/**
 * Every leaf is trained; weight decay leaves vectors (biases, norms) alone.
 *
 * @returns the model, and the place of each leaf by its path in the tree of parameters
 * @throws LANGUAGE_MODEL_INVALID if the config is not one that is computed here
 */
export async function freshModel(
  config: ModelConfig,
): Promise<{ model: LanguageModel; places: ReadonlyMap<string, TensorPlace> }> {
  const { build } = await architectureOf(config, undefined);
  const places = new Map<Leaf, TensorPlace>();
  const declare: DeclareLeaf = (shape, tensor, settings) => {
    const leaf: Leaf = { shape, start: settings?.fresh ?? small, train: true, decay: shape.length > 1 };
    places.set(leaf, { tensor, transposed: settings?.transposed === true });
    return leaf;
  };
  const model = build(config, declare);
  const leaves = [...flattenLeaves(model.parameters)];
  return { model, places: new Map(leaves.map(([path, leaf]) => [path, places.get(leaf) as TensorPlace])) };
}
