/** What to do with a package that has just been written. */
import { relative } from 'node:path';
import type { Scaffolded } from './scaffold.js';

export function nextSteps({ name, kind, folder, files }: Scaffolded, workingFolder: string): string {
  const from = relative(workingFolder, folder);
  return [
    `${name.package}: a ${kind} plugin of ${files.length} files in ${from}. It works as it is; change it.`,
    '',
    `  cd ${from}`,
    '  npm install',
    '  npm test                # does it keep what every plugin promises?',
    '  npm run compare         # config.yaml: where does it stand?',
    '',
  ].join('\n');
}
