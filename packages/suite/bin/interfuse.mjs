#!/usr/bin/env node
/** The `interfuse` command. It is committed, because a command that points into `dist` is not linked by a fresh install. */
import { existsSync } from 'node:fs';
import process from 'node:process';

const built = new URL('../dist/main.js', import.meta.url);

// Whoever reads the output may stop reading: `interfuse compare | head`.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

if (existsSync(built)) {
  const { main } = await import(built.href);
  const code = await main(process.argv.slice(2), process);
  process.exitCode = code;
  // Whoever pressed Ctrl-C does not wait for what is still going on.
  if (code === 130) process.exit();
} else {
  process.stderr.write('interfuse has not been built yet: run `npm run build` in the repository.\n');
  process.exitCode = 1;
}
