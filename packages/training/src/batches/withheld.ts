/**
 * Modalities that samples have and a model does not get to see: in training by chance, in evaluation to find out what a
 * model makes of the rest. To a model, what is withheld is missing.
 */

/** Whether this modality (`text`, or the name of a stream) of the sample at this position is withheld. */
export type Withheld = (row: number, modality: string) => boolean;

export const textModality = 'text';

/** Share of the samples that a setting by modality gives to one; `*` is every modality that is not named. */
export function shareOf(shares: { readonly [modality: string]: number }, modality: string): number {
  return shares[modality] ?? shares['*'] ?? 0;
}
