/**
 * Modality dropout (Neverova et al., ModDrop, 2014): in training, whole modalities of some samples are withheld, so that
 * a model learns to do without.
 */
import { drawKey, hashString, uniformAt } from '@interfuse/nn';
import type { BatchSource } from './batch-source.js';
import { shareOf, type Withheld } from './withheld.js';

/**
 * What an epoch withholds: a function of seed, epoch, sample and modality alone, drawn anew for each sample in each
 * epoch. Hence it is the same on every engine, for every strategy and batch size, and in a run that is resumed.
 *
 * Each modality that a sample has is withheld with its share as probability. Where that would leave the sample with
 * nothing, one of its modalities, each with the same probability, stays.
 *
 * @param shares by modality, `*` for those not named
 * @param epoch counted from 0
 * @returns nothing if no share is above 0
 */
export function modalityDropout(
  shares: { readonly [modality: string]: number },
  source: BatchSource,
  seed: number,
  epoch: number,
): Withheld | undefined {
  const touched = source.modalities.filter((modality) => shareOf(shares, modality) > 0);
  if (touched.length === 0) return undefined;
  const draws = new Map(
    touched.map((modality) => [modality, drawKey(seed, epoch, hashString(`modality dropout/${modality}`))]),
  );
  const draw = drawKey(seed, epoch, hashString('modality that stays'));
  const falls = (row: number, modality: string): boolean => {
    const key = draws.get(modality);
    return key !== undefined && uniformAt(key, row) < shareOf(shares, modality);
  };

  return function withheld(row, modality) {
    if (!falls(row, modality)) return false;
    const present = source.present(row);
    if (!present.every((other) => falls(row, other))) return true;
    return present[Math.floor(uniformAt(draw, row) * present.length)] !== modality;
  };
}
