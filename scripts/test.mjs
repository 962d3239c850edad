/** `npm test`: sets everything up, runs all tests, and ends with their numbers as the runner reports them. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { cache, root, run, setUp } from './set-up.mjs';

await setUp();
const report = join(cache, 'tests.json');
mkdirSync(cache, { recursive: true });
rmSync(report, { force: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const code = await run(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)]);
const { passed, failed } = readNumbers();
process.exitCode = code === 0 && failed > 0 ? 1 : code;
process.stdout.write(`${passed} passed, ${failed} failed\n`);

/** A file that could not be loaded has no tests; it counts as one that failed. */
function readNumbers() {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + unloaded.length };
}
