/**
 * What of a language model trains: a choice of leaves of its tree, the same for every architecture, made before any
 * weight is read.
 *
 * It asks of an architecture that `blocks` holds the leaves of its blocks and `norm` those of the final norm, if it
 * has one.
 */
import {
  type Adaptation,
  type CheckpointTensor,
  InterfuseError,
  type LanguageModel,
  type Leaf,
  type Leaves,
  type LowRank,
} from '@interfuse/core';
import { flattenLeaves, mapLeaves, trained } from '@interfuse/nn';
import { languageModelGroup, type TrainChoice } from './choice.js';
import { withLowRank } from './low-rank.js';
import type { StoredAdapter } from './read-adapter.js';

export interface Checkpoint extends Pick<Adaptation, 'folder'> {
  /** Where the leaves of the model lie in a Hugging Face checkpoint. */
  readonly tensors: ReadonlyMap<Leaf, CheckpointTensor>;
}

/**
 * @param model frozen
 * @param adapter that low-rank additions start from
 * @throws CONFIG_WRONG_VALUE for more blocks than there are, or targets that no projection has
 */
export function adapt(
  model: LanguageModel,
  { folder, tensors }: Checkpoint,
  choice: TrainChoice,
  adapter?: StoredAdapter,
): LanguageModel {
  const adapted = (changed: LanguageModel, train: string, lowRank?: LowRank): LanguageModel => ({
    ...changed,
    adaptation: {
      train,
      folder,
      tensors: tensorsByPath(model.parameters, tensors),
      ...(lowRank === undefined ? {} : { lowRank }),
    },
  });
  switch (choice.kind) {
    case 'frozen':
      return adapted(model, 'frozen');
    case 'all':
      return adapted({ ...model, parameters: mapLeaves(model.parameters, trainedHere) }, 'all');
    case 'last':
      return adapted({ ...model, parameters: lastTrained(model, choice.blocks) }, `last:${choice.blocks}`);
    case 'lora': {
      const { model: joined, lowRank } = withLowRank(model, tensors, choice.lora, adapter);
      return adapted(joined, 'lora', lowRank);
    }
  }
}

/** The tensor of each leaf of the tree, by its path. */
export function tensorsByPath(
  tree: Leaves,
  tensors: ReadonlyMap<Leaf, CheckpointTensor>,
): Map<string, CheckpointTensor> {
  const found = new Map<string, CheckpointTensor>();
  for (const [path, leaf] of flattenLeaves(tree)) {
    const tensor = tensors.get(leaf);
    if (tensor) found.set(path, tensor);
  }
  return found;
}

/** Trainable, in the group of the language model; norms and biases, which are vectors, without weight decay. */
function trainedHere(leaf: Leaf): Leaf {
  return trained(leaf, { group: languageModelGroup, ...(leaf.shape.length < 2 ? { decay: false } : {}) });
}

/** The tree with the last blocks and the final norm trained. */
function lastTrained({ config, parameters }: LanguageModel, count: number): Leaves {
  const { layers } = config;
  if (count > layers) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: 'languageModel.options.train',
      expected: `at most the ${layers} blocks of the language model, as in last:${layers}`,
      got: `last:${count}`,
    });
  }
  const { blocks, norm, ...rest } = parameters as { readonly blocks: readonly Leaves[]; readonly norm?: Leaves };
  return {
    ...rest,
    blocks: blocks.map((block, index) => (index < layers - count ? block : mapLeaves(block, trainedHere))),
    ...(norm && { norm: mapLeaves(norm, trainedHere) }),
  };
}
