/** The error for a recording that is not what it should be. */
import { InterfuseError } from '@interfuse/core';

/** FILE_UNREADABLE */
export function unreadable(
  place: string,
  expected: string,
  got: string,
  remedy = 'Convert the recording to WAV (PCM, 16 bits).',
): InterfuseError {
  return new InterfuseError('FILE_UNREADABLE', { place, expected, got, remedy });
}
