/** `npm run measure -- staged`: sets everything up, then measures a bundled dataset and compares with its card. */
import { join } from 'node:path';
import process from 'node:process';
import { root, run, setUp } from './set-up.mjs';

await setUp();
const entry = join(root, 'packages', 'datasets', 'dist', 'commands', 'measure-main.js');
process.exitCode = await run(process.execPath, [entry, ...process.argv.slice(2)]);
