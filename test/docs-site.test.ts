/** The site that `npm run docs` writes: whole, without dead links, and nothing of it comes from elsewhere. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRegistry, errorCatalogue, pluginKinds } from '@interfuse/core';
import { composedSchema } from '@interfuse/core/config';
import { buildDocumentation, linkProblems, type Site, writeSite } from '@interfuse/docs-site';
import { modelTypes } from '@interfuse/lm-adapters';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtInPlugins } from '../packages/suite/src/built-in-plugins.js';
import { describeCommands } from '../packages/suite/src/command-line.js';

const root = fileURLToPath(new URL('..', import.meta.url));
let site: Site;

beforeAll(async () => {
  site = await buildDocumentation(root);
}, 240_000);

const page = (address: string): string => {
  const html = site.get(address);
  expect(html, address).toBeTypeOf('string');
  return html as string;
};

const pages = (): [string, string][] =>
  [...site].flatMap(([address, html]): [string, string][] =>
    typeof html === 'string' && address.endsWith('.html') ? [[address, html]] : [],
  );

describe('every page', () => {
  it('leads nowhere but to what is there, has no script, and loads nothing from elsewhere', () => {
    expect(pages().length).toBeGreaterThan(80);
    expect(linkProblems(site)).toEqual([]);
    expect(String(site.get('assets/site.css'))).not.toMatch(/url\(|@import/);
  });

  it('has a title, one first heading, and the way to all others', () => {
    for (const [address, html] of pages()) {
      expect(html.match(/<h1\b/g), address).toHaveLength(1);
      expect(html, address).toMatch(/<title>[^<]+<\/title>/);
      expect(html, address).toContain('aria-label="All pages"');
      expect(html, address).toContain('<a class="skip" href="#content">');
    }
  });
});

describe('the navigation', () => {
  it('has every page of docs, every package and every example', () => {
    const links = [...page('index.html').matchAll(/<li><a href="([^"#]+)"/g)].map(([, address]) => address);
    const documents = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.md'),
    );
    const folders = ['packages', 'examples'].flatMap((folder) =>
      readdirSync(join(root, folder))
        .map((name) => `${folder}/${name}/README.md`)
        .filter((path) => existsSync(join(root, path))),
    );
    const wanted = [
      ...documents.map((path) => path.replace(/\.md$/, '.html')),
      ...folders.map((path) => path.replace(/README\.md$/, 'index.html')),
    ];
    expect(wanted.filter((address) => !links.includes(address))).toEqual([]);
    expect(new Set(links).size).toBe(links.length);
  });
});

describe('the reference', () => {
  it('of configs has every key of the schema, and every option of every plugin', async () => {
    const html = page('reference/config.html');
    const schema = composedSchema(createRegistry(await builtInPlugins())) as {
      properties: object;
      $defs: { [kind: string]: { [id: string]: { properties?: object } } };
    };
    for (const name of Object.keys(schema.properties))
      expect(html).toContain(`<h2 id="${name.toLowerCase().replace(/\W/g, '')}">`);
    for (const kind of pluginKinds) {
      for (const [id, { properties = {} }] of Object.entries(schema.$defs[kind] ?? {})) {
        const section = html.split(`<h3 id="${id}-${kind}">`)[1]?.split('<h3')[0] ?? '';
        for (const option of Object.keys(properties)) expect(section, id).toContain(`<td><code>${option}</code></td>`);
      }
    }
  });

  it('of the command line has every command with all its options', () => {
    const html = page('reference/command-line.html');
    const commands = describeCommands();
    expect(commands.length).toBeGreaterThan(30);
    for (const { name, options } of commands) {
      const section = html.split(`<h2 id="${name.replaceAll(' ', '-')}">`)[1]?.split('<h2')[0];
      for (const { term } of options)
        expect(section, name).toContain(`<code>${term.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</code>`);
    }
  });

  it('of errors has every code', () => {
    for (const code of Object.keys(errorCatalogue))
      expect(page('reference/errors.html')).toContain(`<code>${code}</code>`);
  });

  it.each([
    ['core', 'defineFusion'],
    ['nn', 'maskedMean'],
    ['testing', 'testFusionPlugin'],
    ['suite', 'openExperiment'],
    ['statistics', 'comparePairs'],
  ])('of %s says what %s is, and every other function', (name, exported) => {
    const sections = page(`api/${name}.html`).split('<h3 id="').slice(1);
    const functions = sections.filter((section) =>
      /class="language-ts">export declare (?:async )?function /.test(section),
    );
    expect(functions.some((section) => section.startsWith(`${exported.toLowerCase()}"`))).toBe(true);
    // A comment stands between the heading and the declaration.
    expect(
      functions.filter((section) => !/<\/h3>\s*<(?:p|ul)>/.test(section)).map((section) => section.split('"')[0]),
    ).toEqual([]);
  });
});

describe('the page on compatibility', () => {
  const rows = (heading: string): string[] => {
    const [, section = ''] = page('reference/compatibility.html').split(`<h2 id="${heading}">`);
    return [...(section.split('<h2')[0] ?? '').matchAll(/<tr><td>(?:<code>)?([^<]+)/g)].map(
      ([, name]) => name as string,
    );
  };

  it('has every engine and every architecture', async () => {
    const engines = createRegistry(await builtInPlugins())
      .list('engine')
      .map(({ plugin }) => plugin.id);
    expect(rows('engines').sort()).toEqual([...engines].sort());
    expect(rows('language-models')).toEqual([...modelTypes].sort());
  });

  it('asks for the Node.js that packages ask for', async () => {
    const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(rows('nodejs-and-systems')[0]).toContain(engines.node.replace('>=', ''));
  });
});

it('a folder is replaced by what was written, whole', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'interfuse-site-'));
  const folder = join(parent, 'docs-site');
  await mkdir(folder);
  await writeFile(join(folder, 'old.html'), '');
  await writeSite(new Map([['guides/a.html', 'a']]), folder);
  expect(readdirSync(parent)).toEqual(['docs-site']);
  expect(readdirSync(folder)).toEqual(['guides']);
  // A folder where a page should be: nothing is written, and what was there stays.
  await expect(
    writeSite(
      new Map([
        ['b.html/c', ''],
        ['b.html', ''],
      ]),
      folder,
    ),
  ).rejects.toThrow();
  expect(readdirSync(parent)).toEqual(['docs-site']);
  expect(readdirSync(folder)).toEqual(['guides']);
  await rm(parent, { recursive: true });
});
