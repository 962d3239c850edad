/** `npm run measure -- staged [folder]`: measures a bundled dataset anew, and says whether its card says the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { InterfuseError, isInterfuseError } from '@interfuse/core';
import { openDataset } from '../folder/open.js';
import { measuredSection, wordsSection } from '../staged/card.js';
import { tokenCounter } from '../staged/generate.js';
import { measure } from '../staged/measure.js';
import { chooseStagedSentences } from '../staged/sentences.js';
import { stagedFolder } from '../staged/staged-folder.js';
import { openSynthesiser, versionOfSynthesiser } from '../staged/synthesiser.js';
import { drawUtterances } from '../staged/utterances.js';
import { checkWords } from '../staged/word-check.js';

async function main([name = '', folder = stagedFolder]: readonly string[]): Promise<void> {
  if (name !== 'staged') {
    throw new InterfuseError('COMMAND_USAGE', {
      place: 'npm run measure',
      expected: 'the name of a dataset that can be measured: staged',
      got: name === '' ? 'none' : `"${name}"`,
      remedy: 'Write: npm run measure -- staged',
    });
  }
  const card = join(folder, 'card.md');
  const said = readFileSync(card, 'utf8');
  const [made, installed] = [/espeak-ng (\d[\d.]*\d)/.exec(said)?.[1], versionOfSynthesiser()];
  const sections = [measuredSection(await measure(folder))];
  if (installed !== undefined && installed === made) sections.push(await measureWords(folder));
  process.stdout.write(`${sections.join('\n\n')}\n\n`);
  if (sections.some((section) => !said.includes(section))) {
    throw new InterfuseError('DATASET_INVALID', {
      place: card,
      expected: 'the figures above',
      got: 'others',
      remedy: 'Write the dataset and its card anew: npm run generate -- staged',
    });
  }
  process.stdout.write(`${card} says the same.\n`);
  if (sections.length === 1) {
    process.stdout.write(
      `When words are spoken was not measured: that needs espeak-ng ${made}, here is ${installed ?? 'none'}.\n`,
    );
  }
}

async function measureWords(folder: string): Promise<string> {
  const countTokens = await tokenCounter();
  const { train: utterances } = drawUtterances(chooseStagedSentences(countTokens).sentences, countTokens);
  const train = await (await openDataset(folder)).open('train');
  const synthesiser = openSynthesiser();
  try {
    return wordsSection(checkWords(train.samples, utterances, synthesiser));
  } finally {
    synthesiser.close();
    await train.close();
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!isInterfuseError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
