/** Errors that cross from one thread to another: a coded one arrives with its code and place. */
import { type ErrorCode, errorCatalogue, InterfuseError, isInterfuseError } from '@interfuse/core';

export type Failure = CodedFailure | { readonly message: string; readonly stack: string | undefined };

interface CodedFailure {
  readonly code: ErrorCode;
  readonly details: {
    readonly place: string;
    readonly expected: string;
    readonly got: string;
    readonly remedy: string;
  };
  readonly also: readonly CodedFailure[];
}

export function toFailure(error: unknown): Failure {
  if (isInterfuseError(error) && error.code in errorCatalogue) return toCodedFailure(error);
  return error instanceof Error
    ? { message: error.message, stack: error.stack }
    : { message: String(error), stack: undefined };
}

function toCodedFailure({ code, place, expected, got, remedy, also }: InterfuseError): CodedFailure {
  return { code, details: { place, expected, got, remedy }, also: also.map(toCodedFailure) };
}

export function fromFailure(failure: Failure): Error {
  if ('code' in failure) return fromCodedFailure(failure);
  const error = new Error(failure.message);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}

function fromCodedFailure({ code, details, also }: CodedFailure): InterfuseError {
  return new InterfuseError(code, { ...details, also: also.map(fromCodedFailure) });
}
