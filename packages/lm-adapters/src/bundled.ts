/** The models that come with this package, and the way from the `checkpoint` option to a folder. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InterfuseError } from '@interfuse/core';

const modelsFolder = fileURLToPath(new URL('../models', import.meta.url));

/** Names of the bundled models. */
export function bundledModels(): string[] {
  return readdirSync(modelsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * The folder of a bundled name, or of a path.
 *
 * @throws LANGUAGE_MODEL_UNKNOWN if it is neither
 */
export function checkpointFolder(checkpoint: string, resolvePath: (path: string) => string): string {
  const bundled = bundledModels();
  if (bundled.includes(checkpoint)) return join(modelsFolder, checkpoint);
  const folder = resolvePath(checkpoint);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new InterfuseError('LANGUAGE_MODEL_UNKNOWN', {
    place: 'languageModel.options.checkpoint',
    expected: `a bundled model (${bundled.join(', ')}) or the folder of a Hugging Face checkpoint`,
    got: `"${checkpoint}" (no folder at ${folder})`,
  });
}
