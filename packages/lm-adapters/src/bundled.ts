/** The models that come with this package. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modelsFolder = fileURLToPath(new URL('../models', import.meta.url));

/** Names of the bundled models. */
export function bundledModels(): string[] {
  return readdirSync(modelsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** The folder of a bundled model, if there is one of this name. */
export function bundledFolder(name: string): string | undefined {
  return bundledModels().includes(name) ? join(modelsFolder, name) : undefined;
}
