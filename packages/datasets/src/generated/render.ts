/**
 * How bits become streams and texts. A stream has a level for each bit, spread over all features by orthonormal
 * loadings, and white noise; its average over the steps is the bits plus a normal error of the design's deviation,
 * however many steps there are. A text says each bit with a word, among words that mean nothing.
 */
import { type RandomNumbers, randomNumbers, shuffle } from '../sentences/random-numbers.js';
import { type Design, latentsPerModality } from './design.js';
import { flipProbability } from './evidence.js';

/** For each bit the word that says -1 and the one that says 1. */
export const sayings = [
  ['bad', 'good'],
  ['cold', 'hot'],
  ['small', 'big'],
] as const;

const fillers = ['the', 'and', 'it', 'was', 'so', 'then', 'there', 'all', 'we', 'you', 'one', 'some'] as const;
const fewestFillers = 2;
const mostFillers = 9;

/** [bits][features]: orthonormal directions in which a stream shows its bits (Gram and Schmidt). */
export function loadingsOf({ width }: Design, seed: number, stream: string): Float64Array[] {
  const random = randomNumbers(`generated/${seed}/loadings/${stream}`);
  const directions: Float64Array[] = [];
  while (directions.length < latentsPerModality) {
    const direction = Float64Array.from({ length: width }, () => random.normal());
    for (const other of directions) {
      const overlap = dot(direction, other);
      other.forEach((entry, i) => {
        direction[i] = (direction[i] as number) - overlap * entry;
      });
    }
    const length = Math.sqrt(dot(direction, direction));
    directions.push(direction.map((entry) => entry / length));
  }
  return directions;
}

function dot(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, entry, i) => sum + entry * (other[i] as number), 0);
}

/** A function that draws a stream that shows these bits: [steps, width], row by row. */
export function createRenderer(
  design: Design,
  seed: number,
  stream: string,
): (bits: readonly number[], random: RandomNumbers) => Float32Array {
  const loadings = loadingsOf(design, seed, stream);
  const { width, noise, steps } = design;
  const [fewest, most] = steps;

  return function render(bits, random) {
    const count = fewest + Math.floor(random.uniform() * (most - fewest + 1));
    // Averaging divides the variance by the number of steps.
    const deviation = noise * Math.sqrt(count);
    const level = Float64Array.from({ length: width }, (_, feature) =>
      loadings.reduce((sum, loading, bit) => sum + (bits[bit] as number) * (loading[feature] as number), 0),
    );
    return Float32Array.from(
      { length: count * width },
      (_, i) => (level[i % width] as number) + deviation * random.normal(),
    );
  };
}

/** Draws a text that says these bits; each is said wrongly with `flipProbability` of the noise. */
export function drawText({ noise }: Design, bits: readonly number[], random: RandomNumbers): string {
  const flip = flipProbability(noise);
  const said = sayings.map(([minus, plus], index) => {
    const isRight = random.uniform() >= flip;
    return (bits[index] === 1) === isRight ? plus : minus;
  });
  const count = fewestFillers + Math.floor(random.uniform() * (mostFillers - fewestFillers + 1));
  const between = Array.from({ length: count }, () => fillers[Math.floor(random.uniform() * fillers.length)] as string);
  return shuffle([...said, ...between], random).join(' ');
}
