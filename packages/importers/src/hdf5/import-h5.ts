/**
 * HDF5 files with one array for each split and modality, as in the repository of the Memory Fusion Network
 * (https://github.com/pliang279/MFN): `X_train.h5`, `y_train.h5`, ... or all in one file.
 */

import type { ImportReport } from '@interfuse/datasets/folder';
import type { StoredArray } from '../arrays/stored-array.js';
import { openFile } from '../bytes/byte-source.js';
import { hashSource } from '../bytes/hash-source.js';
import { arrayPath, inputFiles, stem } from '../named/input-files.js';
import { type NamedArraysOptions, tableOfNamed } from '../named/named-table.js';
import { type ReadTable, writeTable } from '../table/write-table.js';
import { type Hdf5File, openHdf5 } from './open-hdf5.js';

/**
 * Imports HDF5 files, or all of a folder.
 *
 * @throws IMPORT_INVALID, DATASET_NOT_FINITE, FILE_NOT_FOUND, FILE_NOT_WRITTEN
 */
export async function importH5(
  paths: readonly string[],
  folder: string,
  options: NamedArraysOptions = {},
): Promise<ImportReport> {
  const open: Hdf5File[] = [];
  try {
    return await writeTable(folder, options, async (): Promise<ReadTable> => {
      const files = inputFiles(paths, ['.h5', '.hdf5', '.hdf']);
      const arrays = new Map<string, StoredArray>();
      for (const path of files) {
        options.progress?.(0, `reading ${stem(path)}`);
        const file = await openHdf5(path);
        open.push(file);
        const names = file.paths();
        for (const name of names) {
          const array = file.array(name);
          // The only array of a file is called by the name of the file: `X_train.h5` holds `data`.
          const called =
            names.length === 1 && files.length > 1 ? stem(path) : arrayPath(path, name, files.length === 1);
          if (array) arrays.set(called, array);
        }
      }
      const [first] = files as [string];
      const { table, notes } = await tableOfNamed(
        arrays,
        paths.join(', '),
        files.length === 1 ? stem(first) : 'arrays',
        options,
      );
      return { table, notes, ...(files.length === 1 ? { sha256: await hashOf(first, options.signal) } : {}) };
    });
  } finally {
    for (const file of open) file.close();
  }
}

export async function hashOf(path: string, signal: AbortSignal | undefined): Promise<string> {
  const source = openFile(path);
  try {
    return await hashSource(source, { signal });
  } finally {
    source.close();
  }
}
