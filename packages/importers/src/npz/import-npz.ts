/** NumPy archives: one `.npz` with an array for each split and modality, or `.npy` files of that kind. */
import { extname, join } from 'node:path';
import type { ImportReport } from '@interfuse/datasets/folder';
import type { StoredArray } from '../arrays/stored-array.js';
import { type ByteSource, openFile } from '../bytes/byte-source.js';
import { hashSource } from '../bytes/hash-source.js';
import { arrayPath, inputFiles, stem } from '../named/input-files.js';
import { type NamedArraysOptions, tableOfNamed } from '../named/named-table.js';
import { type ReadTable, writeTable } from '../table/write-table.js';
import { readNpy } from './npy.js';
import { openMember, zipMembers } from './zip.js';

/** Deflated arrays are unpacked to a scratch file, where they can be read by position. */
type Scratch = () => Promise<string>;

/**
 * Imports `.npz` and `.npy` files, or all of a folder.
 *
 * @throws IMPORT_INVALID, PICKLE_REFUSED, DATASET_NOT_FINITE, FILE_NOT_FOUND, FILE_NOT_WRITTEN
 */
export async function importNpz(
  paths: readonly string[],
  folder: string,
  options: NamedArraysOptions = {},
): Promise<ImportReport> {
  const open: ByteSource[] = [];
  try {
    return await writeTable(folder, options, async (builder): Promise<ReadTable> => {
      const files = inputFiles(paths, ['.npz', '.npy']);
      const arrays = new Map<string, StoredArray>();
      let serial = 0;
      const scratch: Scratch = async () => {
        serial += 1;
        return join(await builder.scratch(), `${serial}.npy`);
      };
      for (const file of files) {
        options.progress?.(0, `reading ${stem(file)}`);
        const source = openFile(file);
        open.push(source);
        const isNpy = extname(file).toLowerCase() === '.npy';
        for (const [name, content] of isNpy ? [['', source] as const] : await unpack(source, scratch, options.signal)) {
          if (content !== source) open.push(content);
          arrays.set(
            isNpy ? stem(file) : arrayPath(file, name, files.length === 1),
            await readNpy(content, options.signal),
          );
        }
      }
      const [first] = files as [string];
      const sha256 =
        files.length === 1 ? await hashSource(open[0] as ByteSource, { signal: options.signal }) : undefined;
      const name = files.length === 1 ? stem(first) : 'arrays';
      const { table, notes } = await tableOfNamed(arrays, paths.join(', '), name, options);
      return { table, notes, ...(sha256 === undefined ? {} : { sha256 }) };
    });
  } finally {
    for (const source of open) source.close();
  }
}

async function unpack(
  source: ByteSource,
  scratch: Scratch,
  signal: AbortSignal | undefined,
): Promise<(readonly [string, ByteSource])[]> {
  const members: (readonly [string, ByteSource])[] = [];
  for (const member of zipMembers(source)) {
    if (!member.name.endsWith('.npy')) continue;
    members.push([member.name.slice(0, -'.npy'.length), await openMember(source, member, scratch, signal)]);
  }
  return members;
}
