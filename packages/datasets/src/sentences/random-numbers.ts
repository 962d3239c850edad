/**
 * Repeatable random numbers for the generator: "sfc32" (C. Doty-Humphrey, PractRand; public domain), seeded by a name,
 * so that what is drawn for one sentence never shifts what is drawn for another.
 */

export interface RandomNumbers {
  /** Uniform on [0, 1), a multiple of 2^-32. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/** An independent source for each name. */
export function randomNumbers(name: string): RandomNumbers {
  let [a, b, c, counter] = [0, 1, 2].map((salt) => hash(name, salt)).concat(1) as [number, number, number, number];
  for (let round = 0; round < 12; round += 1) next();

  function next(): number {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  const uniform = () => next() * 2 ** -32;

  /** Box and Muller, 1958; the second number is let go, for a source without hidden state. */
  function normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  }

  return { uniform, normal };
}

/** The same entries in a random order (Fisher and Yates). */
export function shuffle<T>(entries: readonly T[], random: RandomNumbers): T[] {
  const shuffled = [...entries];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random.uniform() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

/** FNV-1a of a name, 32 bits. */
function hash(name: string, salt: number): number {
  let value = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b9);
  for (let i = 0; i < name.length; i += 1) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  return value | 0;
}
