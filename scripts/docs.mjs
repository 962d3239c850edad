/** `npm run docs`: sets everything up, then writes the documentation as a static site into docs-site/. Asks no network. */
import { join } from 'node:path';
import process from 'node:process';
import { root, setUp } from './set-up.mjs';

await setUp();
const { buildDocumentation, linkProblems, writeSite } = await import('../packages/docs-site/dist/index.js');
const site = await buildDocumentation(root);
const problems = linkProblems(site);
if (problems.length === 0) {
  await writeSite(site, join(root, 'docs-site'));
  const pages = [...site.keys()].filter((address) => address.endsWith('.html')).length;
  console.log(`docs-site/index.html and ${pages - 1} more pages. Open it in a browser; nothing needs to be served.`);
} else {
  console.error(
    `Nothing was written. Links that lead nowhere:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
  );
  process.exitCode = 1;
}
