/** Settings by modality are checked against the modalities of the dataset, once it is open. */
import { type DatasetSpec, didYouMean, InterfuseError } from '@interfuse/core';
import { textModality } from '@interfuse/training/loop';

/** @throws CONFIG_UNKNOWN_OPTION naming a modality that the dataset does not have */
export function checkModalities(
  shares: { readonly [modality: string]: number },
  { name, hasText, streams }: DatasetSpec,
): void {
  const known = [...(hasText ? [textModality] : []), ...Object.keys(streams)];
  const unknown = Object.keys(shares).find((modality) => modality !== '*' && !known.includes(modality));
  if (unknown === undefined) return;
  throw new InterfuseError('CONFIG_UNKNOWN_OPTION', {
    place: `training.modalityDropout.${unknown}`,
    expected: `a modality of ${name}: ${known.join(', ')}`,
    got: `"${unknown}"`,
    remedy: didYouMean(unknown, known) ?? 'Name a modality of the dataset, or "*" for all that are not named.',
  });
}
