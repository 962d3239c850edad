/** Options of `sbatch` as somebody writes them: words, with the quotes of a shell. */
import { InterfuseError } from '@interfuse/core';

/** What a comparison sets by itself: who overrides one of these gets jobs that do not belong together. */
const ownOptions: { readonly [letters: string]: string } = {
  '--array': '-a',
  '--chdir': '-D',
  '--dependency': '-d',
  '--error': '-e',
  '--open-mode': '',
  '--output': '-o',
  '--parsable': '',
  '--test-only': '',
  '--wait': '-W',
  '--wrap': '',
};

const place = '--slurm-options';

/** @throws COMMAND_USAGE for a quote that does not close, and for an option that the launcher sets itself */
export function readSlurmOptions(text: string): string[] {
  const words = splitWords(text);
  for (const word of words) {
    const name = word.startsWith('--') ? word.replace(/=.*$/s, '') : word.slice(0, 2);
    if (!Object.entries(ownOptions).flat().includes(name)) continue;
    throw new InterfuseError('COMMAND_USAGE', {
      place,
      expected: 'options of sbatch that say what a run needs, such as "--partition=cpu --time=2:00:00 --mem=8G"',
      got: word,
      remedy: `Leave ${name} out: the launcher sets it.`,
    });
  }
  return words;
}

function splitWords(text: string): string[] {
  const words = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  if (words.join('') !== text.replaceAll(/\s+(?=(?:[^"']|"[^"]*"|'[^']*')*$)/g, '')) {
    throw new InterfuseError('COMMAND_USAGE', { place, expected: 'quotes that close', got: text });
  }
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}
