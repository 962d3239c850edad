/** `npm run torture [-- <times>]`: sets everything up, then kills a comparison so many times (default: 10), see `test/torture.test.ts`. */
import { join } from 'node:path';
import process from 'node:process';
import { root, run, setUp } from './set-up.mjs';

const [times = '10'] = process.argv.slice(2);
await setUp();
process.env.INTERFUSE_TORTURE = times;
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
process.exitCode = await run(process.execPath, [vitest, 'run', '--project', 'whole', 'test/torture.test.ts']);
