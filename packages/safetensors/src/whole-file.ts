/** Files that appear whole or not at all: written beside their place, flushed to disk, then renamed. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InterfuseError } from '@interfuse/core';

let serial = 0;

/** Writes through `fill`, which may read back what it wrote, to a temporary file and renames it to `path`. What was at `path` stays if anything fails. */
export async function writeWhole(path: string, fill: (handle: FileHandle) => Promise<void>): Promise<void> {
  serial += 1;
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${serial}.part`);
  try {
    const handle = await open(temporary, 'w+');
    try {
      await fill(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (cause instanceof InterfuseError) throw cause;
    throw new InterfuseError('FILE_NOT_WRITTEN', {
      place: path,
      expected: 'a folder that can be written to, with room for the file',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** Writes a text or bytes to `path`, whole or not at all. */
export async function writeFileWhole(path: string, data: string | Uint8Array): Promise<void> {
  await writeWhole(path, (handle) => handle.writeFile(data));
}
