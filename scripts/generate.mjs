/** `npm run generate -- staged`: sets everything up, then writes a bundled dataset anew. */
import { join } from 'node:path';
import process from 'node:process';
import { root, run, setUp } from './set-up.mjs';

await setUp();
const entry = join(root, 'packages', 'datasets', 'dist', 'commands', 'generate-main.js');
process.exitCode = await run(process.execPath, [entry, ...process.argv.slice(2)]);
