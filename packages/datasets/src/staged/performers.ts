/** The ten performers: each has a voice of the synthesiser and a face at rest of its own. Two perform in test only. */
import { type RandomNumbers, randomNumbers } from '../sentences/random-numbers.js';
import { faceColumns } from './face-columns.js';

export interface Performer {
  readonly name: string;
  /** A voice of espeak-ng with a variant. */
  readonly voice: string;
  /** What the face shows at rest, by column. */
  readonly rest: readonly number[];
}

/** Standard deviation of faces at rest, in the unit of the latents. */
const restDeviation = 0.5;

const voices = ['m1', 'f1', 'm2', 'f2', 'm3', 'f3', 'm5', 'f5', 'm7', 'f4'] as const;
/** The last so many perform in test only. */
const inTestOnly = 2;

export const performers: readonly Performer[] = voices.map((variant) => {
  const random = randomNumbers(`staged/performer/${variant}`);
  return {
    name: variant,
    voice: `en-us+${variant}`,
    rest: faceColumns.map(() => restDeviation * random.normal()),
  };
});

/** Who may perform in a split. */
export function castOf(split: 'train' | 'valid' | 'test'): readonly Performer[] {
  return split === 'test' ? performers : performers.slice(0, -inTestOnly);
}

export function drawPerformer(split: 'train' | 'valid' | 'test', random: RandomNumbers): Performer {
  const cast = castOf(split);
  return cast[Math.floor(random.uniform() * cast.length)] as Performer;
}
