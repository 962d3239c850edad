/** The files that were named, or those of a folder. */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { InterfuseError } from '@interfuse/core';

/** Files with one of these extensions. @throws FILE_NOT_FOUND */
export function inputFiles(paths: readonly string[], extensions: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => extensions.includes(extname(name).toLowerCase()));
    if (names.length > 0) return names.sort().map((name) => join(path, name));
    throw new InterfuseError('FILE_NOT_FOUND', {
      place: path,
      expected: `files that end in ${extensions.join(' or ')}`,
      got: 'none in this folder',
    });
  });
}

/** `X_train` of `data/X_train.h5`. */
export function stem(path: string): string {
  return basename(path, extname(path));
}

/** The name of an array within a file among several: that of the file belongs to it. */
export function arrayPath(file: string, name: string, isAlone: boolean): string {
  return isAlone ? name : `${stem(file)}/${name}`;
}
