/** `npm run parity -- lm <folder>`: sets everything up, then compares with the numbers of another implementation. */
import { join } from 'node:path';
import process from 'node:process';
import { root, run, setUp } from './set-up.mjs';

await setUp();
const entry = join(root, 'packages', 'parity', 'dist', 'bin.js');
process.exitCode = await run(process.execPath, [entry, ...process.argv.slice(2)]);
