/** In how many bits the frozen weights of a language model are held: a choice of precision for each of its matrices. */
import { InterfuseError, type Leaf, type Precision, type Shape } from '@interfuse/core';
import { fits } from '@interfuse/safetensors';
import type { DeclareLeaf } from './weights.js';

/** `stored`: as the file holds them. */
export type ModelPrecision = 'stored' | Precision;

/**
 * Declares frozen matrices in this precision, or in the least one above it that fits their shape. Norms and biases stay as
 * they are stored. Of `int4`, matrices that lie in no block are held in `int8`: every token passes through them, and
 * embeddings are read where errors are not averaged out.
 *
 * @throws CONFIG_WRONG_VALUE if all weights are trained
 */
export function declareAt(precision: ModelPrecision, trainsAll: boolean, declare: DeclareLeaf): DeclareLeaf {
  if (precision === 'stored') return declare;
  if (trainsAll) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: 'languageModel.options.precision',
      expected: '"stored" for a language model whose weights are all trained: what is trained is held in float32',
      got: `"${precision}"`,
      remedy: 'Leave precision out, or train less of the model (languageModel.options.train=frozen).',
    });
  }
  return (shape, tensor, settings) => {
    const leaf: Leaf = declare(shape, tensor, settings);
    if (leaf.train || shape.length !== 2) return leaf;
    return { ...leaf, precision: fittingPrecision(precision, shape, isInBlock(tensor)) };
  };
}

function fittingPrecision(wanted: Precision, shape: Shape, inBlock: boolean): Precision {
  if (wanted === 'int4' && inBlock && fits('int4', shape)) return 'int4';
  if ((wanted === 'int4' || wanted === 'int8') && fits('int8', shape)) return 'int8';
  return wanted === 'float32' ? 'float32' : 'float16';
}

/** Hugging Face numbers the blocks: `model.layers.3.mlp.up_proj.weight`. */
function isInBlock(tensor: string): boolean {
  return /\.\d+\./.test(tensor);
}
