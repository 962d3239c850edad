/** Packages are ready to be published: their manifests are complete, and what is packed is what they promise and no more. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: { readonly [name: string]: string };
  readonly exports: { readonly [entry: string]: { readonly [condition: string]: string } };
  readonly files: readonly string[];
  readonly dependencies?: { readonly [name: string]: string };
  readonly peerDependencies?: { readonly [name: string]: string };
  readonly [field: string]: unknown;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const all = readdirSync(join(root, 'packages')).map((name) => {
  const folder = join(root, 'packages', name);
  return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest };
});
const published = all.filter(({ manifest }) => manifest.private !== true);
const versions = new Map(all.map(({ manifest }) => [manifest.name, manifest.version]));
const packed = await packedFiles();

describe.each(published.map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest })))(
  '$name',
  ({ name, folder, manifest }) => {
    const targets = Object.values(manifest.exports).flatMap((conditions) => Object.values(conditions));
    const commands = Object.values(manifest.bin ?? {});
    const files = packed.get(name) ?? [];

    it('has a manifest that says all that a registry shows', () => {
      expect(manifest).toMatchObject({
        description: expect.stringMatching(/^[A-Z`].+\.$/s),
        license: 'MIT',
        type: 'module',
        engines: { node: '>=20.19' },
      });
      expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
      for (const conditions of Object.values(manifest.exports)) {
        // Types first, and the default last: conditions are tried in their order.
        expect(Object.keys(conditions)).toEqual(['interfuse-source', 'types', 'default']);
      }
    });

    it('exports what has been built and is packed, types included', () => {
      for (const target of [...targets, ...commands]) {
        const path = target.replace(/^\.\//, '');
        expect(existsSync(join(folder, path)), `${path}: run \`npm run build\``).toBe(true);
        expect(files).toContain(path);
      }
    });

    it('packs its sources, README and licence, and no test and no cache', () => {
      expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'src/index.ts']));
      const tests = /(?<!^templates\/.*)\.test\.|test-support|^test\/|tsbuildinfo|node_modules|^runs\//;
      expect(files.filter((path) => tests.test(path))).toEqual([]);
      for (const folderToPack of manifest.files.filter((path) => !path.startsWith('!') && path !== 'README.md')) {
        expect(files.some((path) => path.startsWith(`${folderToPack}/`))).toBe(true);
      }
    });

    it('depends on published packages, in the versions of this repository, and on no path', () => {
      const ranges = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies });
      for (const [dependency, range] of ranges) {
        expect(range, dependency).toMatch(/^(\^|>=)?\d/);
        const own = versions.get(dependency);
        if (own === undefined) continue;
        expect(range, dependency).toBe(own);
        expect(published.some(({ manifest: other }) => other.name === dependency)).toBe(true);
      }
    });

    it('declares every package that it imports', () => {
      const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
      const imported = new Set(
        files.filter((path) => /^dist\/.*\.js$/.test(path)).flatMap((path) => importsOf(join(folder, path))),
      );
      expect([...imported].filter((each) => each !== name && !declared.includes(each))).toEqual([]);
    });
  },
);

describe('data and models', () => {
  it.each([
    ['@interfuse/datasets', 'data/staged/dataset.json'],
    ['@interfuse/datasets', 'data/sentences/dataset.json'],
    ['@interfuse/lm-adapters', 'models/stories260k/model.safetensors'],
    ['@interfuse/lm-adapters', 'models/prose1m/model.safetensors'],
    ['interfuse', 'configs/default.yaml'],
    ['create-interfuse-plugin', 'templates/fusion/src/conformance.test.ts'],
  ])('%s packs %s', (name, path) => {
    expect(packed.get(name)).toContain(path);
  });
});

it('one version of TensorFlow.js serves all packages', () => {
  const asked = published.flatMap(({ manifest: { dependencies, peerDependencies } }) =>
    [dependencies, peerDependencies].flatMap((ranges) => ranges?.['@tensorflow/tfjs'] ?? []),
  );
  expect(new Set(asked).size).toBe(1);
});

/** The packages whose modules a built file imports, statically or not; `node:` and types left out. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^\s*(\/\*\*?|\*|\/\/).*$/gm, '');
  const specifiers = text.matchAll(
    /(?:^|\s)(?:import|export)\s[^'";]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm,
  );
  return [...specifiers].flatMap(([, from, lazy, alone]) => {
    const specifier = from ?? lazy ?? alone ?? '.';
    const [, name] = /^((?:@[^/]+\/)?[^/.:]+)(?:\/|$)/.exec(specifier) ?? [];
    return name === undefined ? [] : [name];
  });
}

/** The paths in each package as npm would pack it; nothing is written. */
async function packedFiles(): Promise<Map<string, string[]>> {
  const workspaces = published.flatMap(({ manifest }) => ['-w', manifest.name]);
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', ...workspaces];
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { stdout } = await promisify(execFile)(npm, args, { cwd: root, maxBuffer: 2 ** 26 });
  // npm 12 gives an object by name in place of a list.
  const packages = Object.values(JSON.parse(stdout)) as { name: string; files: { path: string }[] }[];
  return new Map(packages.map(({ name, files }) => [name, files.map(({ path }) => path)]));
}
