/** Files that appear together or not at all: written in a folder beside their place, then renamed. */
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InterfuseError, isInterfuseError } from '@interfuse/core';

export interface PlaceSettings {
  /** Whether files that are there already may be replaced. */
  readonly replace: boolean;
  /** Names of files that belong to the one that is replaced: what is not written anew goes with it. */
  readonly companions?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Moves the files that `fill` has written into the given folder, and names, to the folder of `path`; the one named like
 * `path` last. When the signal is aborted, what was written so far goes at once.
 *
 * @throws FILE_EXISTS, FILE_NOT_FOUND, FILE_NOT_WRITTEN, and what `fill` throws
 */
export async function appearTogether<R extends { readonly files: readonly string[] }>(
  path: string,
  { replace, companions = [], signal }: PlaceSettings,
  fill: (folder: string) => Promise<R>,
): Promise<R> {
  await requirePlace(path, replace);
  const replaces = existsSync(path);
  const folder = dirname(path);
  const temporary = await mkdtemp(join(folder, `.${basename(path)}.part-`)).catch((cause) => {
    throw notWritten(path, cause);
  });
  const remove = () => rmSync(temporary, { recursive: true, force: true });
  signal.addEventListener('abort', remove, { once: true });
  try {
    signal.throwIfAborted();
    const result = await fill(temporary);
    const others = result.files.filter((name) => name !== basename(path));
    for (const name of others) await requirePlace(join(folder, name), replace);
    signal.throwIfAborted();
    for (const name of [...others, basename(path)]) await rename(join(temporary, name), join(folder, name));
    const outdated = replaces ? companions.filter((name) => !result.files.includes(name)) : [];
    for (const name of outdated) await rm(join(folder, name), { force: true });
    return result;
  } catch (error) {
    if (isInterfuseError(error) || signal.aborted || !(error instanceof Error && 'syscall' in error)) throw error;
    throw notWritten(path, error);
  } finally {
    signal.removeEventListener('abort', remove);
    remove();
  }
}

async function requirePlace(path: string, replace: boolean): Promise<void> {
  const folder = dirname(path);
  if (!existsSync(folder)) {
    throw new InterfuseError('FILE_NOT_FOUND', {
      place: folder,
      expected: `a folder for ${basename(path)}`,
      got: 'nothing',
      remedy: 'Make the folder first, or choose another.',
    });
  }
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || (replace && found.isFile())) return;
  throw new InterfuseError('FILE_EXISTS', {
    place: path,
    expected: 'a name that is free',
    got: found.isFile() ? 'a file' : 'a folder',
    ...(found.isFile() ? {} : { remedy: 'Name a file in it.' }),
  });
}

function notWritten(path: string, cause: unknown): InterfuseError {
  return new InterfuseError('FILE_NOT_WRITTEN', {
    place: path,
    expected: 'a folder that can be written to, with room for the file',
    got: cause instanceof Error ? cause.message : String(cause),
    cause,
  });
}
