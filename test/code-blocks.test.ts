/** Every block of code in the documents is checked: compiled and run, parsed by the command line, or resolved as a config. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRegistry, fromPackage, type Plugin, type Registry } from '@interfuse/core';
import { compileSchema, resolveConfig } from '@interfuse/core/config';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { descriptionSchema } from '../packages/datasets/src/folder/description.js';
import { sampleSchema } from '../packages/datasets/src/folder/samples.js';
import { readSettings } from '../packages/lm-training/src/settings.js';
import { builtInPlugins } from '../packages/suite/src/built-in-plugins.js';
import { main } from '../packages/suite/src/main.js';
import { blocks, root } from './documents/blocks.js';
import { isExcerpt } from './documents/excerpts.js';
import { checkConfig, interfuseArguments, linesOf, otherProblem, parseArguments } from './documents/shell.js';
import { type CheckedBlock, checkTypeScript } from './documents/typescript.js';

const inLanguage = (...languages: readonly string[]) =>
  blocks.filter(({ language, notRun }) => languages.includes(language) && notRun === undefined);

/** Milliseconds; on an idle machine it is seconds. */
const patience = 240_000;

let registry: Registry;

beforeAll(async () => {
  registry = createRegistry([...(await builtInPlugins()), ...(await examplePlugins())]);
}, patience);

it('every block says its language; what has none is output or a folder', () => {
  const languages = new Set(blocks.map(({ language }) => language));
  expect([...languages].sort()).toEqual(['', 'csv', 'diff', 'json', 'sh', 'ts', 'yaml']);
  const commands = /^(?:npm|npx|node|interfuse|import|export|const) /m;
  expect(
    inLanguage('')
      .filter(({ code }) => commands.test(code))
      .map(({ place }) => place),
  ).toEqual([]);
});

it('few blocks are not run, and each of them says why', () => {
  const exempt = blocks.flatMap(({ place, notRun }) =>
    notRun === undefined ? [] : [`${place.replace(/:\d+$/, '')}: ${notRun}`],
  );
  expect(exempt.sort()).toEqual([
    'examples/recipes/README.md: needs Python and transformers',
    'packages/hub/README.md: fetches a model from the network',
    'packages/suite/README.md: trains the default comparison, for minutes',
  ]);
});

describe('TypeScript', () => {
  const excerpts = inLanguage('ts').filter(({ code }) => isExcerpt(code));
  const others = blocks.filter(({ language, code }) => language === 'ts' && !isExcerpt(code));
  let checked: readonly CheckedBlock[];

  const wrong = { language: 'ts', given: '' };
  const wrongs = [
    { ...wrong, place: 'a wrong type', code: "const width: number = 'eight';" },
    { ...wrong, place: 'an error', code: "throw new Error('of this block');" },
  ];
  let found: readonly CheckedBlock[];

  beforeAll(async () => {
    const all = await checkTypeScript([...others, ...wrongs]);
    checked = all.slice(0, others.length);
    found = all.slice(others.length);
  }, patience);

  it('is taken from examples, which are compiled and tested, or compiled and run here', () => {
    expect(excerpts.length).toBeGreaterThan(14);
    expect(checked.filter(({ ran }) => ran).length).toBeGreaterThan(9);
    // Of these the types alone are checked.
    expect(checked.filter(({ ran }) => !ran).map(({ place }) => place.replace(/:\d+$/, ''))).toEqual([
      'docs/reference/conformance.md',
      'packages/hub/README.md',
      'packages/lm-training/README.md',
      'packages/suite/README.md',
      'packages/training/README.md',
    ]);
  });

  it('does not pass with a wrong type or an error', () => {
    expect(found.map(({ problem }) => problem)).toEqual([
      expect.stringContaining("Type 'string' is not assignable to type 'number'"),
      expect.stringContaining('of this block'),
    ]);
  });

  it.each(others.map(({ place }) => place))('%s', (place) => {
    expect(checked.find((each) => each.place === place)?.problem).toBe('');
  });
});

describe('configs', () => {
  it.each(inLanguage('yaml').map((block) => [block.place, block] as const))('%s is accepted', async (_, { code }) => {
    const written = parse(code);
    if ('texts' in written) {
      expect(readSettings(written).output).toBeDefined();
      return;
    }
    // An excerpt leaves out what the reader has: a dataset and strategies.
    const config = resolveConfig({ data: 'staged', fusion: 'late', ...written }, registry);
    expect(config.fusion.length).toBeGreaterThan(0);
  });
});

describe('the page on dataset folders', () => {
  const [description, sample] = inLanguage('json').map(({ code }) =>
    JSON.parse(code.replaceAll('<sha256>', '0'.repeat(64))),
  );

  it('shows a description and a sample as they are read', () => {
    expect(inLanguage('json').every(({ place }) => place.startsWith('docs/reference/dataset-folder.md'))).toBe(true);
    expect(compileSchema(descriptionSchema)(description, '')).toEqual([]);
    expect(compileSchema(sampleSchema(description))(sample, '')).toEqual([]);
  });
});

describe('commands', () => {
  const lines = inLanguage('sh').flatMap(({ place, code }) =>
    linesOf(code).map((line) => [`${place} ${line.text}`, line, interfuseArguments(line.words)] as const),
  );

  it.each(lines.filter(([, , args]) => args !== undefined))('%s', async (_, __, args) => {
    const { command, written } = parseArguments(args ?? []);
    await checkConfig(command, written, registry);
  });

  it.each(lines.filter(([, , args]) => args === undefined))('%s', (_, line) => {
    expect(otherProblem(line)).toBeUndefined();
  });

  it('a command or a flag that does not exist is found, and so is an override', async () => {
    expect(() => parseArguments(['compere'])).toThrow();
    expect(() => parseArguments(['train', '--sed', '1'])).toThrow('unknown option');
    await expect(checkConfig('compare', ['training.epoch=3'], registry)).rejects.toThrow('epochs');
  });

  const cheap = /^(?:plugins (?:list|describe)|lm list|ablate --help|--help)/;
  const running = [
    ...new Set(lines.flatMap(([, , args]) => (args && cheap.test(args.join(' ')) ? [args.join(' ')] : []))),
  ];

  it.each(running)('interfuse %s runs', async (args) => {
    let out = '';
    const process = {
      stdout: { write: (text: string) => (out += text) },
      ...{ stderr: { write: () => true }, env: {}, cwd: () => root, on: () => {}, off: () => {} },
    };
    expect(await main(args.split(' '), process)).toBe(0);
    expect(out).not.toBe('');
  });

  it('some are cheap enough to run', () => {
    expect(running.length).toBeGreaterThan(3);
  });
});

/** Plugins of the examples, which documents name. */
async function examplePlugins() {
  const folders = readdirSync(join(root, 'examples')).map((name) => join(root, 'examples', name, 'src'));
  const entries = folders
    .filter((folder) => existsSync(folder))
    .flatMap(
      (folder) =>
        ['index.ts', 'plugin.ts', 'within.ts'].map((name) => join(folder, name)).find((file) => existsSync(file)) ?? [],
    );
  const loaded = await Promise.all(entries.map(async (file) => (await import(file)) as { plugins: readonly Plugin[] }));
  return loaded.flatMap(({ plugins }, i) => fromPackage(plugins, entries[i] as string));
}
