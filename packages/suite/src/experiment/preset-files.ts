/** The comparisons that come with the command, as config files: their names are known without reading any. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const configsFolder = fileURLToPath(new URL('../../configs', import.meta.url));

/** `quick` is the default one. */
export const presetFiles = {
  quick: join(configsFolder, 'default.yaml'),
  standard: join(configsFolder, 'standard.yaml'),
  paper: join(configsFolder, 'paper.yaml'),
} as const;
