/** The package.json of a new plugin. Its ranges are those of this very version of Interfuse. */
import { readFileSync } from 'node:fs';
import type { PluginName } from './plugin-name.js';
import type { TemplateKind } from './scaffold.js';

const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
  devDependencies: { [name: string]: string };
};

/** `^0.1.0`: of a version before 1.0, only those that agree in the second place. */
const range = `^${own.version}`;
/** Two copies of a tensor library in one process share no tensors; hence one exact version for all. */
const tensorFlow = own.devDependencies['@tensorflow/tfjs'] as string;

/** What must exist once in the tree, because it is shared with the host: peers, installed here to develop with. */
const peers: { readonly [K in TemplateKind]: readonly string[] } = {
  fusion: ['@interfuse/core', '@interfuse/nn', '@tensorflow/tfjs'],
  encoder: ['@interfuse/core', '@interfuse/nn', '@tensorflow/tfjs'],
  'language-model': ['@interfuse/core', '@interfuse/lm-adapters', '@interfuse/nn', '@tensorflow/tfjs'],
  metric: ['@interfuse/core'],
  dataset: ['@interfuse/core'],
};

/** What the test of a kind needs beyond the kit. */
const forTests: { readonly [K in TemplateKind]: readonly string[] } = {
  fusion: ['@interfuse/engine-tfjs'],
  encoder: ['@interfuse/engine-tfjs'],
  'language-model': ['@interfuse/engine-tfjs'],
  metric: [],
  dataset: [],
};

const descriptions: { readonly [K in TemplateKind]: string } = {
  fusion: 'A fusion strategy for Interfuse.',
  encoder: 'An encoder for Interfuse.',
  'language-model': 'A language-model adapter for Interfuse.',
  metric: 'A family of metrics for Interfuse.',
  dataset: 'A dataset for Interfuse.',
};

export function packageJson(name: PluginName, kind: TemplateKind): string {
  const peerDependencies = ranges(peers[kind]);
  const manifest = {
    name: name.package,
    version: '0.1.0',
    description: descriptions[kind],
    keywords: ['interfuse-plugin'],
    license: 'MIT',
    type: 'module',
    engines: { node: '>=20.19' },
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist', 'src', '!**/*.test.*'],
    scripts: {
      test: 'vitest run',
      types: 'tsc',
      build: 'tsc -p tsconfig.build.json',
      prepack: 'npm run build',
      compare: 'interfuse compare config.yaml',
    },
    peerDependencies,
    devDependencies: sorted({
      ...peerDependencies,
      ...ranges(forTests[kind]),
      ...ranges(['@interfuse/testing', 'interfuse']),
      '@types/node': '^20.19.0',
      typescript: '^7.0.2',
      vitest: '^4.1.0',
    }),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function ranges(names: readonly string[]): { [name: string]: string } {
  return Object.fromEntries(names.map((name) => [name, name === '@tensorflow/tfjs' ? tensorFlow : range]));
}

function sorted(entries: { readonly [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1)));
}
