/** The errors of pickles: damaged, or asking for what no file of numbers needs. */
import { InterfuseError } from '@interfuse/core';

export function invalidPickle(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('PICKLE_INVALID', { place, expected, got });
}

export function refused(place: string, expected: string, got: string, remedy?: string): InterfuseError {
  return new InterfuseError('PICKLE_REFUSED', { place, expected, got, ...(remedy === undefined ? {} : { remedy }) });
}
