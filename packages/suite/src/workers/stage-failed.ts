/** The error of a run that cannot start, for one that it needs has failed. */
import { InterfuseError } from '@interfuse/core';

/** @param needed the name of the run that failed */
export function stageFailed(name: string, needed: string): InterfuseError {
  return new InterfuseError('STAGE_FAILED', {
    place: name,
    expected: `the weights of ${needed}`,
    got: 'that run failed',
  });
}
