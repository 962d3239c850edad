/** What the documents say is so: links lead somewhere, excerpts stand in the code, examples are accepted, every error code is listed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRegistry, errorCatalogue } from '@interfuse/core';
import { resolveConfig } from '@interfuse/core/config';
import { cpu, wasm } from '@interfuse/engine-tfjs';
import { deepmlf } from '@interfuse/fusion-deepmlf';
import { checkpointFolder, plugins as languageModels, loadLanguageModel, modelTypes } from '@interfuse/lm-adapters';
import { countParameters } from '@interfuse/nn';
import {
  type Check,
  encoderChecks,
  fusionChecks,
  languageModelChecks,
  metricChecks,
  tinyEncoderPlugin,
  tinyLanguageModelPlugin,
} from '@interfuse/testing';
import {
  classificationMetrics,
  regressionMetrics,
  sentiment,
  sentimentMetrics,
  simsMetrics,
} from '@interfuse/training';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { builtInPlugins } from '../packages/suite/src/built-in-plugins.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = [
  ...['README.md', 'AGENTS.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...['docs', 'packages', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md') && !/(^|\/)(node_modules|dist)\//.test(path))
      .map((path) => join(folder, path)),
  ),
];

describe('every document', () => {
  it.each(documents)('%s: its links lead to files that exist', (path) => {
    const targets = [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(
      ([, target]) => target as string,
    );
    expect(targets.filter((target) => !existsSync(join(root, dirname(path), target)))).toEqual([]);
  });
});

describe('the README', () => {
  const blocks = [...read('README.md').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({
    language,
    code: code as string,
  }));

  it('shows the manifest of the example as it is', () => {
    const [manifest] = blocks.filter(({ language }) => language === 'ts');
    expect(read('examples/custom-fusion/src/plugin.ts')).toContain(manifest?.code);
  });

  it('shows a config that is accepted', async () => {
    const [config] = blocks.filter(({ language }) => language === 'yaml');
    const resolved = resolveConfig(parse(config?.code ?? ''), createRegistry(await builtInPlugins()));
    expect(resolved.fusion.map(({ use }) => use)).toEqual(['late', 'deepmlf']);
  });
});

describe('the page on backbones', () => {
  it('has a row for every architecture and its plugin', () => {
    const rows = [...read('docs/guides/swap-the-backbone.md').matchAll(/^\| `(\w+)` \| (?:`(\w+)`|any of these) \|/gm)];
    expect(rows.map(([, plugin]) => plugin)).toEqual(expect.arrayContaining(languageModels.map(({ id }) => id)));
    expect(rows.flatMap(([, use, type]) => (type && use !== 'use' ? [type] : [])).sort()).toEqual(modelTypes);
  });

  it.each([
    ['stories260k', checkpointFolder('stories260k', (path) => path), 0],
    ['GPT-2 base', join(root, 'packages/bench/models/gpt2-base'), 1],
  ] as const)('counts what trains of %s as it is', async (_, folder, column) => {
    const choices = ['frozen', 'lora', 'last:2', 'all'];
    const rows = read('docs/guides/swap-the-backbone.md').match(/^\| `(frozen|lora|last:2|all)`.*\d of \d.*$/gm) ?? [];
    expect(rows.length).toBe(choices.length);
    for (const [i, train] of choices.entries()) {
      const { parameters } = await loadLanguageModel(folder, { train, weights: 'random' });
      const { total, trainable } = countParameters(parameters);
      const [, ...figures] = (rows[i] ?? '').split(/ *\| */).slice(1);
      const written = [trainable, total].map((count) => count.toLocaleString('en-US'));
      expect(figures[column]).toBe(written.join(' of '));
    }
  });
});

describe('the list of error codes', () => {
  it('has every code, with what it means and what to do', () => {
    const list = read('docs/reference/errors.md');
    for (const [code, { means }] of Object.entries(errorCatalogue))
      expect(list).toContain(`| \`${code}\` | ${means} |`);
  });
});

describe('the page on metrics', () => {
  it('has every family with every column', () => {
    const sections = read('docs/reference/metrics.md').split(/^## /m);
    const families = {
      sentiment: sentimentMetrics,
      sims: simsMetrics,
      regression: regressionMetrics,
      classification: classificationMetrics(['<class>'], { perClass: true }),
    };
    for (const [id, { columns }] of Object.entries(families)) {
      const section = sections.find((text) => text.startsWith(`\`${id}\``));
      for (const { name } of columns) expect(section, id).toContain(`\`${name}\``);
    }
  });
});

describe('the page on DeepMLF', () => {
  const page = read('docs/reference/deepmlf.md');

  it('has a row for each of the 26 choices, each with a source', () => {
    const rows = [...page.matchAll(/^\| (\d+) \|(.*)\|$/gm)];
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 26 }, (_, i) => i + 1));
    for (const [row, , cells] of rows) {
      const filled = (cells as string).split(' | ').filter((cell) => cell.trim() !== '');
      expect(filled.length, row).toBe(4);
      expect(filled.at(-1), row).toMatch(/released program|paper/);
    }
  });

  it('names every preset, and options that exist', () => {
    const presets = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(presets).toEqual(Object.keys(deepmlf.presets ?? {}));
    const known = Object.keys(deepmlf.options.properties);
    const changes = [...page.matchAll(/^\| \d+ \|(.*)\|$/gm)].map(
      ([, cells]) => (cells as string).split(' | ')[2] ?? '',
    );
    // The others are options of encoders, of training and of the strategy for pre-training.
    const own = changes.filter((cell) => !/^`(encoders|training|stream-encoder)`/.test(cell));
    const named = own.flatMap((cell) => [...cell.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name as string));
    expect(named.filter((name) => !known.includes(name) && name !== 'all')).toEqual([]);
    expect(named).toContain('queries');
  });
});

describe('the page on the conformance kit', () => {
  const engines = [cpu, wasm] as const;
  const everything = { ...deepmlf, padding: 'invariant', missing: 'absent-token' } as const;
  const checks: { readonly [heading: string]: readonly Check[] } = {
    'Fusion strategies': fusionChecks(everything, { engines }),
    'Language models': languageModelChecks(tinyLanguageModelPlugin(), { engines }),
    Encoders: encoderChecks(tinyEncoderPlugin, { engines }),
    Metrics: metricChecks(sentiment),
  };
  const sections = read('docs/reference/conformance.md').split(/^## /m);
  const rowsUnder = (heading: string): string[] => {
    const section = sections.find((text) => text.startsWith(`${heading}\n`)) ?? '';
    return [...section.matchAll(/^\| (?!check |---)([^|]+) \|/gm)].map(([, name]) => name as string);
  };

  it.each(Object.entries(checks))('%s: it has a row for every check, and for no other', (heading, all) => {
    const names = all.map(({ name }) => name);
    expect([...rowsUnder('Every plugin'), ...rowsUnder(heading)].sort()).toEqual([...names].sort());
  });
});
