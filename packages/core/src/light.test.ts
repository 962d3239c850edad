/** Importing core loads nothing but core: `--help` and `plugins list` stay quick. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = dirname(fileURLToPath(import.meta.url));

/** The modules that a file imports statically and that are left after compilation. */
async function importsOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)'|^import '([^']+)'/gm);
  return [...statements].map(([, from, alone]) => (from ?? alone)!);
}

/** Everything outside of this package that is loaded with a file. */
async function loadedWith(entry: string): Promise<Set<string>> {
  const outside = new Set<string>();
  const files = [join(source, entry)];
  for (const file of files) {
    for (const name of await importsOf(file)) {
      const next = join(dirname(file), name.replace(/\.js$/, '.ts'));
      if (!name.startsWith('.')) outside.add(name);
      else if (!files.includes(next)) files.push(next);
    }
  }
  return outside;
}

it('the index of core loads only what Node brings', async () => {
  const outside = await loadedWith('index.ts');
  expect([...outside].filter((name) => !name.startsWith('node:'))).toEqual([]);
});

it('no part of core loads a tensor library, and only the parts that need them load Ajv, YAML and the container', async () => {
  const packages = async (entry: string) =>
    [...(await loadedWith(entry))].filter((name) => !name.startsWith('node:')).sort();
  expect(await packages('config/index.ts')).toEqual(['ajv/dist/2020.js', 'yaml']);
  expect(await packages('host/index.ts')).toEqual(['inversify', 'reflect-metadata']);
});
