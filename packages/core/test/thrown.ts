/** What a call throws, for tests that look at the parts of an error. */
import { type InterfuseError, isInterfuseError } from '../src/errors.js';

export function thrown(call: () => unknown): InterfuseError {
  try {
    call();
  } catch (error) {
    if (isInterfuseError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export async function rejected(promise: Promise<unknown>): Promise<InterfuseError> {
  try {
    await promise;
  } catch (error) {
    if (isInterfuseError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
