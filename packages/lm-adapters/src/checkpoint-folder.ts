/** The way from the `checkpoint` option to a folder or a GGUF file: a bundled name, then a path, then a name of the Hub, looked up in the local cache. */
import { statSync } from 'node:fs';
import { InterfuseError } from '@interfuse/core';
import { findSnapshot, missingFiles, parseHubName, readEnvironment, showHubName, snapshotOf } from '@interfuse/hub';
import { bundledFolder, bundledModels } from './bundled.js';
import { isGguf } from './checkpoint.js';

/** Of the option in a config. */
const option = 'languageModel.options.checkpoint';

/**
 * Nothing is downloaded: what the cache does not hold has to be fetched by `interfuse lm pull`.
 *
 * @throws LANGUAGE_MODEL_ABSENT for a name of the Hub that is not in the cache; LANGUAGE_MODEL_UNKNOWN for all else
 */
export function checkpointFolder(checkpoint: string, resolvePath: (path: string) => string, place = option): string {
  const bundled = bundledFolder(checkpoint);
  if (bundled !== undefined) return bundled;
  const folder = resolvePath(checkpoint);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats?.isDirectory() || (stats?.isFile() && isGguf(folder))) return folder;
  const name = parseHubName(checkpoint);
  const { cacheFolder } = readEnvironment();
  const snapshot = name && findSnapshot(cacheFolder, name);
  if (snapshot !== undefined) return snapshot.folder;
  if (name?.name.includes('/')) {
    throw new InterfuseError('LANGUAGE_MODEL_ABSENT', {
      place,
      expected: `${checkpoint} in ${cacheFolder}, or a folder at ${folder}`,
      got: 'neither',
      remedy: `Fetch it: \`interfuse lm pull ${showHubName(name)}\`. Nothing is downloaded unless a command asks for it by name.`,
    });
  }
  throw new InterfuseError('LANGUAGE_MODEL_UNKNOWN', {
    place,
    expected: `a bundled model (${bundledModels().join(', ')}), the folder of a Hugging Face checkpoint, a GGUF file, or a model of the Hub such as HuggingFaceTB/SmolLM2-135M`,
    got: `"${checkpoint}" (nothing of the kind at ${folder})`,
  });
}

/**
 * Python may have fetched a part of a model only, such as its tokenizer.
 *
 * @param needsWeights whether more than config and tokenizer is needed
 * @throws LANGUAGE_MODEL_ABSENT if the folder is a snapshot of the cache and lacks files
 */
export function requireWhole(folder: string, needsWeights: boolean, place = option): void {
  const snapshot = snapshotOf(folder);
  if (snapshot === undefined) return;
  const missing = missingFiles(folder).filter((file) => needsWeights || !file.includes('.safetensors'));
  if (missing.length === 0) return;
  throw new InterfuseError('LANGUAGE_MODEL_ABSENT', {
    place,
    expected: `all of ${snapshot.name} in ${folder}`,
    got: `a snapshot without ${missing.join(', ')}`,
    remedy: `Fetch the rest: \`interfuse lm pull ${snapshot.name}@${snapshot.commit}\`.`,
  });
}
