/** A command as somebody can type it again. */
import type { ExperimentRequest } from '../experiment/open-experiment.js';
import { showPath } from '../show-path.js';

/** `interfuse compare my.yaml seeds=1,2`; for a POSIX shell, in the folder that it was given in. */
export function commandLine(
  command: string,
  { configFile, overrides, workingFolder }: Pick<ExperimentRequest, 'configFile' | 'overrides' | 'workingFolder'>,
): string {
  const file = configFile === undefined ? [] : [showPath(configFile, workingFolder)];
  return ['interfuse', command, ...file, ...overrides].map(quoted).join(' ');
}

export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
