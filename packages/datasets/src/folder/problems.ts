/** The errors of dataset folders: every problem has a file, where it can a line, what was expected and what came. */
import { InterfuseError, throwProblems } from '@interfuse/core';

/** More problems than these say nothing new. */
const mostShown = 10;

export function invalid(place: string, expected: string, got: string, remedy?: string): InterfuseError {
  return new InterfuseError('DATASET_INVALID', { place, expected, got, ...(remedy === undefined ? {} : { remedy }) });
}

/** The problems that a schema found in a part of a file, as problems of the dataset at that place. */
export function fromSchema(found: readonly InterfuseError[], file: string): InterfuseError[] {
  return found.map(({ place, expected, got, remedy }) =>
    invalid(place === '' ? file : `${file}: ${place}`, expected, got, remedy),
  );
}

/** Throws if there are problems; the first is told with the next few. */
export function throwFirst(problems: readonly InterfuseError[]): void {
  throwProblems(problems.slice(0, mostShown));
}
