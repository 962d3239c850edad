/** A run folder is one, and its run is finished. */
import { readdir, stat } from 'node:fs/promises';
import { InterfuseError } from '@interfuse/core';
import { has, pathOf, runFiles } from './run-folder.js';

/**
 * @param file whose presence says that it is finished: a trial of a search has no result
 * @throws FILE_NOT_FOUND; RUN_INVALID if the folder is no run folder, or its run is not finished
 */
export async function requireFinished(folder: string, file: 'result' | 'trial' = 'result'): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new InterfuseError('FILE_NOT_FOUND', {
      place: folder,
      expected: 'a run folder',
      got: found === undefined ? 'nothing' : 'a file',
    });
  }
  if (has(folder, file)) return;
  const isRun = has(folder, 'manifest');
  const names = (await readdir(folder)).join(', ');
  throw new InterfuseError('RUN_INVALID', {
    place: pathOf(folder, file),
    expected: 'the result of a finished run',
    got: isRun ? 'a run that is not finished' : `a folder with ${names || 'nothing'} in it`,
    remedy: isRun
      ? 'Finish it first: the command that began it resumes it.'
      : `Name a folder with ${runFiles.config}, ${runFiles.manifest} and ${runFiles[file]}.`,
  });
}
