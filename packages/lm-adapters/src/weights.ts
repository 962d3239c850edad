/**
 * Where the leaves of a language model come from: tensors in the safetensors files of a folder, of which only the
 * headers are read, or fresh values for a model of the same architecture without its pre-training.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Initializer, InterfuseError, type Leaf, type Shape } from '@interfuse/core';
import { readHeader, type SafetensorsHeader } from '@interfuse/safetensors';
import { readJsonObject } from './model-config.js';

export const zero: Initializer = { kind: 'constant', value: 0 };
export const one: Initializer = { kind: 'constant', value: 1 };
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
  /** @throws LANGUAGE_MODEL_INVALID that names every tensor that was missing or misshapen */
  finish(): void;
}

/** Values that follow from the run's seed, as before any pre-training. */
export function freshWeights(): WeightSource {
  return {
    declare: (shape, _, { fresh = small } = {}) => ({ shape, start: fresh, train: false }),
    finish: () => undefined,
  };
}

/**
 * The tensors of `model.safetensors`, or of the shards that `model.safetensors.index.json` lists. A tensor may be stored
 * with or without the first part of its name (`model.norm.weight` or `norm.weight`): both kinds of file are about.
 */
export async function storedWeights(folder: string): Promise<WeightSource> {
  const headers = await readHeaders(resolve(folder));
  const problems: string[] = [];

  function declare(shape: Shape, tensor: string, { transposed }: { transposed?: true } = {}): Leaf {
    const names = [tensor, tensor.slice(tensor.indexOf('.') + 1)];
    const header = headers.find(({ tensors }) => names.some((name) => tensors.has(name)));
    const name = names.find((candidate) => header?.tensors.has(candidate)) ?? tensor;
    const expected = transposed ? [...shape].reverse() : shape;
    const found = header?.tensors.get(name)?.shape;
    if (!found) problems.push(`${tensor}: missing`);
    else if (`${found}` !== `${expected}`)
      problems.push(`${name}: [${found.join(', ')}], not [${expected.join(', ')}]`);
    const start = { kind: 'stored', file: header?.file ?? folder, tensor: name } as const;
    return { shape, start: transposed ? { ...start, transposed } : start, train: false };
  }

  function finish(): void {
    if (problems.length === 0) return;
    throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
      place: folder,
      expected: 'every tensor that config.json implies, in its shape',
      got: problems.join('; '),
    });
  }

  return { declare, finish };
}

async function readHeaders(folder: string): Promise<SafetensorsHeader[]> {
  const whole = join(folder, 'model.safetensors');
  if (existsSync(whole)) return [readHeader(whole)];
  const index = join(folder, 'model.safetensors.index.json');
  if (existsSync(index)) {
    const shards = Object.values(((await readJsonObject(index)).weight_map ?? {}) as Record<string, string>);
    return [...new Set(shards)].map((shard) => readHeader(join(folder, shard)));
  }
  throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: folder,
    expected: 'model.safetensors or model.safetensors.index.json',
    got: 'neither',
    remedy: 'Save the checkpoint as safetensors, or set languageModel.options.weights to "random".',
  });
}
