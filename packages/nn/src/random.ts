/**
 * Counter-based random numbers: number i of a draw is a hash of (key, step, stream, i), so that every engine gives the
 * same numbers in any order and a resumed run continues exactly.
 *
 * The hash is two rounds of a 32-bit finaliser (multiply, xor-shift; constants of "lowbias32", C. Wellons, public
 * domain): it needs only multiplication, addition, xor and shifts of unsigned 32-bit integers, which every engine has.
 * Engines register it as the kernel `CounterUniform`: input `step` (int32 scalar), attributes `shape`, `key`, `stream`.
 */
import type { Pass, Random } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

/** The name under which an engine registers its kernel of random numbers. */
export const counterUniformKernel = 'CounterUniform';

export interface CounterUniformAttributes {
  readonly shape: number[];
  /** Unsigned 32-bit: the run's seed, hashed. */
  readonly key: number;
  /** Unsigned 32-bit: which draw of the step this is. */
  readonly stream: number;
}

/** Finaliser of a 32-bit hash: a bijection of unsigned 32-bit integers. */
export function mix32(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The constant of a draw: everything but the position. */
export function drawKey(key: number, step: number, stream: number): number {
  return mix32((key + mix32((stream + mix32((step + 0x9e3779b9) >>> 0)) >>> 0)) >>> 0);
}

/** Number `index` of the draw with this constant: uniform on [0, 1), a multiple of 2^-24. Reference of the kernel. */
export function uniformAt(draw: number, index: number): number {
  return (mix32((mix32((index + draw) >>> 0) ^ draw) >>> 0) >>> 8) * 2 ** -24;
}

/** FNV-1a of a string, mixed: a key for names and paths. */
export function hashString(text: string, start = 0x811c9dc5): number {
  let hash = start >>> 0;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix32(hash >>> 0);
}

/**
 * The random source of one step.
 *
 * @param seed of the run
 * @param step scalar int32 tensor: an input of the graph, so that one program serves all steps
 */
export function createRandom(seed: number, step: tf.Tensor): Random {
  return source(mix32(mix32(seed >>> 0) ^ 0x5bd1e995), step, hashString(''));
}

function source(key: number, step: tf.Tensor, name: number): Random {
  let draws = 0;
  return {
    uniform(shape) {
      draws += 1;
      const attributes: CounterUniformAttributes = { shape: [...shape], key, stream: mix32(name + draws) };
      return tf
        .engine()
        .runKernel(counterUniformKernel, { step }, attributes as unknown as tf.NamedAttrMap) as tf.Tensor;
    },
    fork: (child) => source(key, step, hashString(child, name)),
  };
}

/** The same pass with a random source of its own for one part of a model. */
export function inFork(pass: Pass, name: string): Pass {
  return { ...pass, random: pass.random.fork(name) };
}

/** A uniformly random permutation of 0 to n-1: [n] int32 (the order of n uniform numbers). */
export function permutation(random: Random, n: number): tf.Tensor {
  return tf.topk(random.uniform([n]) as tf.Tensor1D, n).indices;
}

/** Bernoulli mask: [shape] bool, true with this probability. */
export function bernoulli(random: Random, shape: readonly number[], probability: number): tf.Tensor {
  return tf.less(random.uniform(shape), probability);
}
