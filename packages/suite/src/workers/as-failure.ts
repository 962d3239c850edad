/** An error as data, which crosses from one process to another. */
import { isInterfuseError } from '@interfuse/core';
import type { Failure } from './messages.js';

export function asFailure(error: unknown): Failure {
  if (isInterfuseError(error)) return { code: error.code, message: error.message };
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}
