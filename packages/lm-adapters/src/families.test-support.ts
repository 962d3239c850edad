/** The checkpoints of which there are numbers of another program: one for each architecture, and some variants. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const goldens = fileURLToPath(new URL('../../../test/goldens/lm', import.meta.url));

export const families: readonly string[] = readdirSync(goldens, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

export const familyFolder = (family: string): string => join(goldens, family);
