/** `npm run generate -- staged [folder]`: writes a bundled dataset anew. */
import process from 'node:process';
import { InterfuseError, isInterfuseError } from '@interfuse/core';
import { generateSentences, sentencesFolder } from '../sentences/generate.js';
import { generateStaged } from '../staged/generate.js';
import { stagedFolder } from '../staged/staged-folder.js';

const generators: { readonly [name: string]: { readonly folder: string; run(folder: string): Promise<void> } } = {
  staged: { folder: stagedFolder, run: generateStaged },
  sentences: { folder: sentencesFolder, run: generateSentences },
};

async function main([name = '', target]: readonly string[]): Promise<void> {
  const generator = generators[name];
  if (generator === undefined) {
    throw new InterfuseError('COMMAND_USAGE', {
      place: 'npm run generate',
      expected: `the name of a bundled dataset: ${Object.keys(generators).join(', ')}`,
      got: name === '' ? 'none' : `"${name}"`,
      remedy: 'Write for example: npm run generate -- staged',
    });
  }
  const folder = target ?? generator.folder;
  await generator.run(folder);
  process.stdout.write(`Wrote ${folder}\n`);
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!isInterfuseError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
