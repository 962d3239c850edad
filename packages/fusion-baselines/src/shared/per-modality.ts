/** Options that give each modality a number of its own, by its name. */
import { InterfuseError } from '@interfuse/core';
import { type ByModality, forEachModality } from './modalities.js';

/**
 * The number of each modality: its own, or that of "*".
 *
 * @param inputs whatever there is of each modality
 * @throws CONFIG_WRONG_VALUE for a modality that the run does not have, and for one without a number
 */
export function perModality(
  numbers: ByModality<number>,
  inputs: ByModality<unknown>,
  option: string,
): ByModality<number> {
  const known = Object.keys(inputs);
  const place = `fusion.options.${option}`;
  const stranger = Object.keys(numbers).find((name) => name !== '*' && !known.includes(name));
  if (stranger !== undefined) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', { place, expected: `${known.join(', ')} or "*"`, got: stranger });
  }
  return forEachModality(inputs, (_, modality) => {
    const found = numbers[modality] ?? numbers['*'];
    if (found !== undefined) return found;
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place,
      expected: `a number for ${modality}, or one under "*" for all that are not named`,
      got: Object.keys(numbers).join(', ') || 'none',
    });
  });
}
