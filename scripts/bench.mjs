/** `npm run bench`: sets everything up, then measures speed as a fraction of this machine's matrix-product rate. */
import { join } from 'node:path';
import process from 'node:process';
import { root, run, setUp } from './set-up.mjs';

await setUp();
const entry = join(root, 'packages', 'bench', 'dist', 'main.js');
process.exitCode = await run(process.execPath, [entry, ...process.argv.slice(2)]);
