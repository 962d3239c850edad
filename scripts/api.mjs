/**
 * `npm run api`: writes down the public surface of @interfuse/core, as its built declarations have it, so that a change of
 * it is seen in review. `-- --check [file]` compares with what is written down and changes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { root, setUp } from './set-up.mjs';

const folder = join(root, 'packages', 'core');
const [mode, file = join(folder, 'api.md')] = process.argv.slice(2);

if (mode !== '--check') await setUp();
const { declarationsOf } = await import('../packages/docs-site/dist/declarations.js');
const report = reportOf(folder);
if (mode !== '--check') {
  writeFileSync(file, report);
} else if (readFileSync(file, 'utf8').replaceAll('\r\n', '\n') !== report) {
  console.error(
    'The public surface of @interfuse/core is not what packages/core/api.md says. If the change is meant, run `npm run api`, look at the difference, and see docs/reference/stability.md for what it is: a patch, a minor or a major version.',
  );
  process.exitCode = 1;
}

function reportOf(packageFolder) {
  const { name, exports } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const sections = Object.entries(exports).map(([entry, { types }]) => {
    const declarations = declarationsOf(resolve(packageFolder, types));
    const names = [...declarations.keys()].sort();
    const body = names.flatMap((each) => declarations.get(each).map(normalised));
    return `## ${name}${entry.slice(1)}\n\n\`\`\`ts\n${[...new Set(body)].join('\n\n')}\n\`\`\`\n`;
  });
  const title = `# The public surface of ${name}\n\nMade by \`npm run api\` from the built declarations, without their comments; a test compares.\n`;
  return [title, ...sections].join('\n');
}

/** One form of quotes, and the texts of errors left out: what an error says may change in any version; its code may not. */
function normalised({ code }) {
  return code.replaceAll('"', "'").replaceAll(/(readonly (?:means|remedy): )'.*';$/gm, '$1string;');
}
