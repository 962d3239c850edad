/** What is said of a file that cannot be opened for reading, wherever that is. */
import { InterfuseError } from './errors.js';

/** How the system says that nothing is at a path. */
const absent = ['ENOENT', 'ENOTDIR'];

/**
 * FILE_NOT_FOUND if nothing is at the path, else FILE_UNREADABLE with what the system said.
 *
 * @param expected what kind of file: `an HDF5 file`
 */
export function notOpened(path: string, expected: string, cause: unknown, place = path): InterfuseError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const isAbsent = absent.includes(code ?? '');
  const got = isAbsent ? 'no such file' : message;
  return new InterfuseError(isAbsent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', {
    place,
    expected,
    got: place === path ? got : `${path}: ${got}`,
    cause,
  });
}
