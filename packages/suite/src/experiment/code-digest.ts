/** Digests of code: a run whose plugins have changed is another run. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';

const codeExtensions = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json'];
const isTest = /\.test\.[cm]?[jt]s$|\.d\.[cm]?ts$/;

/** Digest of a package as it is installed for one of these folders: of what it was built to, or else of its sources. */
export async function packageDigest(name: string, from: readonly string[]): Promise<string> {
  const folder = from.map((start) => findPackage(name, start)).find((found) => found !== undefined);
  if (folder === undefined) {
    throw new InterfuseError('FILE_NOT_FOUND', {
      place: `package ${name}`,
      expected: 'an installed package',
      got: 'none',
      remedy: `Install it: npm install ${name}`,
    });
  }
  const built = join(folder, 'dist');
  const root = existsSync(built) ? built : folder;
  return digestFiles(await codeFiles(root), root);
}

/** The folder of a package, looked for as Node does: upwards. */
function findPackage(name: string, from: string): string | undefined {
  const candidate = join(from, 'node_modules', name);
  if (existsSync(join(candidate, 'package.json'))) return candidate;
  const parent = dirname(from);
  return parent === from ? undefined : findPackage(name, parent);
}

async function codeFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : codeFiles(path);
    return codeExtensions.includes(extname(entry.name)) && !isTest.test(entry.name) ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}

/** Digest of a file and of all that it imports by a relative path. */
export async function sourceDigest(entry: string): Promise<string> {
  const files = new Set([entry]);
  for (const file of files) {
    for (const imported of await importedFiles(file)) files.add(imported);
  }
  return digestFiles([...files], dirname(entry));
}

async function importedFiles(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)];
  const found = await Promise.all(
    specifiers.map(([, specifier]) => locate(resolve(dirname(file), specifier as string))),
  );
  return found.filter((path) => path !== undefined);
}

/** TypeScript sources name `./module.js`, `./module` or `./folder`. */
async function locate(path: string): Promise<string | undefined> {
  const asTypeScript = path.replace(/\.([cm]?)js$/, '.$1ts');
  const candidates = [
    path,
    asTypeScript,
    ...codeExtensions.map((extension) => path + extension),
    ...codeExtensions.map((extension) => join(path, `index${extension}`)),
  ];
  for (const candidate of candidates) {
    if (
      await stat(candidate).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return candidate;
  }
  return undefined;
}

async function digestFiles(files: readonly string[], root: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [...files].sort())
    hash
      .update(relative(root, file))
      .update('\0')
      .update(await readFile(file));
  return hash.digest('hex');
}
