/** `npm start`: sets everything up, then runs `interfuse compare` with the arguments given. */
import process from 'node:process';
import { setUp } from './set-up.mjs';

await setUp();
process.argv.splice(2, 0, 'compare');
// In this process, so that Ctrl-C has one addressee.
await import('../packages/suite/bin/interfuse.mjs');
