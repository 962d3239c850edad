/** The bits that determine one sample: what each modality shows, and its label. */
import { type RandomNumbers, randomNumbers } from '../sentences/random-numbers.js';
import type { Design } from './design.js';
import { labelling, termsOf } from './label.js';

/** Bits of -1 or 1. */
export interface Latents {
  /** Shown by every modality. */
  readonly shared: number;
  /** By modality: shown by it alone. */
  readonly own: { readonly [modality: string]: number };
  /** By modality: its part of the parity, shown by it alone. */
  readonly part: { readonly [modality: string]: number };
  /** Shown by none. */
  readonly hidden: number;
}

export interface Draw {
  readonly latents: Latents;
  readonly label: number;
}

/** A function that draws the sample with this name: the same sample whenever it is asked for. */
export function createDraw(design: Design, seed: number): (name: string) => Draw {
  const terms = termsOf(design);
  const labelOf = labelling(design, terms);
  const { modalities, redundancy, uniqueness, synergy } = design;

  return function draw(name) {
    const random = randomNumbers(`generated/${seed}/${name}/latents`);
    const each = () => Object.fromEntries(modalities.map((modality) => [modality, coin(random)]));
    const latents: Latents = { shared: coin(random), own: each(), part: each(), hidden: coin(random) };
    const parity = modalities.reduce((product, modality) => product * (latents.part[modality] as number), 1);
    const bits = [
      ...(redundancy > 0 ? [latents.shared] : []),
      ...modalities
        .filter((modality) => (uniqueness[modality] as number) > 0)
        .map((name) => latents.own[name] as number),
      ...(synergy > 0 ? [parity] : []),
      latents.hidden,
    ];
    return { latents, label: labelOf(bits) };
  };
}

/** What a modality shows, in the order of its loadings and words. */
export function shownBy(modality: string, { shared, own, part }: Latents): number[] {
  return [shared, own[modality] as number, part[modality] as number];
}

function coin(random: RandomNumbers): number {
  return random.uniform() < 0.5 ? -1 : 1;
}
