/** `npm run measure -- staged [folder]`: measures a bundled dataset anew, and says whether its card says the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { InterfuseError, isInterfuseError } from '@interfuse/core';
import { measuredSection } from '../staged/card.js';
import { measure } from '../staged/measure.js';
import { stagedFolder } from '../staged/staged-folder.js';

async function main([name = '', folder = stagedFolder]: readonly string[]): Promise<void> {
  if (name !== 'staged') {
    throw new InterfuseError('COMMAND_USAGE', {
      place: 'npm run measure',
      expected: 'the name of a dataset that can be measured: staged',
      got: name === '' ? 'none' : `"${name}"`,
      remedy: 'Write: npm run measure -- staged',
    });
  }
  const section = measuredSection(await measure(folder));
  process.stdout.write(`${section}\n\n`);
  const card = join(folder, 'card.md');
  if (!readFileSync(card, 'utf8').includes(section)) {
    throw new InterfuseError('DATASET_INVALID', {
      place: card,
      expected: 'the figures above',
      got: 'others',
      remedy: 'Write the dataset and its card anew: npm run generate -- staged',
    });
  }
  process.stdout.write(`${card} says the same.\n`);
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!isInterfuseError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
