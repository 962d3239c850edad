/**
 * Where the leaves of a language model come from: the tensors of a checkpoint, of which only the headers are read, or
 * fresh values for a model of the same architecture without its pre-training.
 */
import { type Initializer, InterfuseError, type Leaf, type Shape } from '@interfuse/core';
import { isInteger } from '@interfuse/safetensors';
import type { CheckpointTensors, FoundTensor } from './checkpoint.js';
import { listed } from './listed.js';
import { mayBeSame } from './same-bytes.js';

export const zero: Initializer = { kind: 'constant', value: 0 };
export const one: Initializer = { kind: 'constant', value: 1 };
/** What GPT-2 starts its matrices with (Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training", section 4.1). */
const small: Initializer = { kind: 'normal', deviation: 0.02 };

/**
 * Declares a leaf by its shape and the name that Hugging Face gives its tensor.
 *
 * `transposed`: the file holds the transpose. `fresh`: the start without a checkpoint; default: normal with deviation 0.02.
 */
export type DeclareLeaf = (
  shape: Shape,
  tensor: string,
  settings?: { readonly transposed?: true; readonly fresh?: Initializer },
) => Leaf;

export interface WeightSource {
  readonly declare: DeclareLeaf;
  /** @throws LANGUAGE_MODEL_INVALID that names every tensor that was missing, misshapen or left over */
  finish(): void;
}

/** Values that follow from the run's seed, as before any pre-training. */
export function freshWeights(): WeightSource {
  return {
    declare: (shape, _, { fresh = small } = {}) => ({ shape, start: fresh, train: false }),
    finish: () => undefined,
  };
}

/** Heads over the vocabulary, and the embeddings that serve as one where there is none. */
const headName = /^(lm_head|embed_out)\.weight$/;
const embeddingName = /^(?<model>(model|transformer|gpt_neox)\.)?(decoder\.)?(embed_tokens|wte|embed_in)\.weight$/;

/** What checkpoints hold beside the weights of a decoder: buffers that follow from the config, and heads of other tasks. */
const harmless = [
  /(^|\.)rotary_emb\.(inv_freq|cos_cached|sin_cached)$/,
  /(^|\.)(attn|attention|self_attn)\.(masked_)?bias$/,
  /(^|\.)position_ids$/,
  /^(score|classifier|qa_outputs|v_head)\./,
];

/**
 * Tensors of a checkpoint. One may be stored with or without the first part of its name (`model.norm.weight` or
 * `norm.weight`): both kinds of file are about.
 */
export function storedWeights({ place, tensors }: CheckpointTensors): WeightSource {
  const missing: string[] = [];
  const unfit: string[] = [];
  const used = new Set<string>();

  function find(tensor: string): readonly [string, FoundTensor] | undefined {
    const inner = tensor.slice(tensor.indexOf('.') + 1);
    // What is left of "lm_head.weight" is no name.
    const names = inner.includes('.') ? [tensor, inner] : [tensor];
    const name = names.find((candidate) => tensors.has(candidate));
    if (name !== undefined) return [name, tensors.get(name) as FoundTensor];
    return headName.test(tensor) ? sharedHead() : undefined;
  }

  /**
   * A model that is saved whole lacks its head only if that is the embedding itself. One that is saved without its head
   * has names without their first part, and lacks it.
   */
  function sharedHead(): readonly [string, FoundTensor] | undefined {
    return [...tensors].find(([name]) => embeddingName.exec(name)?.groups?.model !== undefined);
  }

  function declare(shape: Shape, tensor: string, { transposed }: { transposed?: true } = {}): Leaf {
    const expected = transposed ? [...shape].reverse() : shape;
    const [name, found] = find(tensor) ?? [tensor, undefined];
    used.add(name);
    if (!found) missing.push(tensor);
    else if (String(found.shape) !== String(expected)) {
      unfit.push(`${name}: [${found.shape.join(', ')}], not [${expected.join(', ')}]`);
    } else if (isInteger(found)) unfit.push(`${name}: ${found.type}, not floats`);
    const start = found?.start ?? ({ kind: 'stored', file: place, tensor } as const);
    return { shape, start: transposed ? { ...start, transposed } : start, train: false };
  }

  /** A head beside an embedding that serves as one is a copy of it, or the config is wrong. */
  function isCopy(name: string): boolean {
    const embedding = tensors.get([...used].find((candidate) => embeddingName.test(candidate)) ?? '');
    const head = headName.test(name) ? tensors.get(name) : undefined;
    return embedding !== undefined && head !== undefined && mayBeSame(embedding, head);
  }

  function finish(): void {
    const surplus = [...tensors.keys()].filter(
      (name) => !used.has(name) && !harmless.some((pattern) => pattern.test(name)) && !isCopy(name),
    );
    const problems = [
      unfit.length > 0 && listed(unfit, '; '),
      missing.length > 0 &&
        listed(
          missing.map((name) => `${name}: missing`),
          '; ',
        ),
      surplus.length > 0 &&
        listed(
          surplus.map((name) => `${name}: not of this model`),
          '; ',
        ),
    ].filter((problem) => problem !== false);
    if (problems.length === 0) return;
    throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
      place,
      expected: 'every tensor that config.json implies, in its shape, and no other',
      got: problems.join('; '),
      ...remedyFor(missing, surplus),
    });
  }

  return { declare, finish };
}

/** What is wrong where a config is at odds with the head, or the file is not one of floats. */
function remedyFor(missing: readonly string[], surplus: readonly string[]): { remedy?: string } {
  if (surplus.some((name) => headName.test(name))) {
    return { remedy: 'Set "tie_word_embeddings": false in config.json: the head that is stored is not the embedding.' };
  }
  if (missing.length === 1 && headName.test(missing[0] as string)) {
    return { remedy: 'The model was saved without its head: save it whole, as AutoModelForCausalLM does.' };
  }
  return {};
}
