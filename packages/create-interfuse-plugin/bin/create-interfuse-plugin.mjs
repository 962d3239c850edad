#!/usr/bin/env node
/** The command `create-interfuse-plugin`, which `npm create interfuse-plugin` runs. */
import { existsSync } from 'node:fs';
import process from 'node:process';

const built = new URL('../dist/main.js', import.meta.url);

if (existsSync(built)) {
  const { main } = await import(built.href);
  process.exitCode = await main(process.argv.slice(2), process);
} else {
  process.stderr.write('create-interfuse-plugin has not been built yet: run `npm run build` in the repository.\n');
  process.exitCode = 1;
}
