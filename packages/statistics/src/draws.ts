/** Random numbers of a seed, so that what is resampled once is resampled the same way again. */

/** A counter (the golden ratio in 32 bits) through the finaliser of MurmurHash3. */
export class Draws {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** In (0, 1). */
  uniform(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return (((x ^ (x >>> 16)) >>> 0) + 0.5) / 2 ** 32;
  }

  /** One of 0, ..., count - 1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** The numbers 0, ..., count - 1 in an order drawn by chance (Fisher and Yates). */
export function permutation(count: number, draws: Draws): Int32Array {
  const values = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const chosen = draws.below(last + 1);
    const value = values[last] as number;
    values[last] = values[chosen] as number;
    values[chosen] = value;
  }
  return values;
}
