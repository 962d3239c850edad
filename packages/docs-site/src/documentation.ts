/** The documentation of Interfuse as a site: which pages are made, from what, and what they look like. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRegistry } from '@interfuse/core';
import { composedSchema } from '@interfuse/core/config';
import { builtInPlugins } from 'interfuse';
import { describeCommands } from 'interfuse/command-line';
import { apiPage } from './api-page.js';
import { commandPage } from './command-page.js';
import { configPage } from './config-page.js';
import { sections } from './navigation.js';
import { buildSite, type MadePage } from './site.js';

/** Packages whose public exports have a page: those that people write plugins and programs with. */
const documented = ['core', 'nn', 'testing', 'suite', 'statistics'];

/** @param root folder of the repository, built. @returns address to content */
export async function buildDocumentation(root: string): Promise<Map<string, string | Uint8Array>> {
  const registry = createRegistry(await builtInPlugins());
  const api = documented.map((name): [string, MadePage] => [
    `made:api/${name}`,
    {
      path: `docs/api/${name}.md`,
      markdown: apiPage(join(root, 'packages', name)),
      source: `the declarations of packages/${name}`,
    },
  ]);
  const made: { [name: string]: MadePage } = {
    'made:config': {
      path: 'docs/reference/config.md',
      markdown: configPage(composedSchema(registry)),
      source: 'interfuse schema',
    },
    'made:command-line': {
      path: 'docs/reference/command-line.md',
      markdown: commandPage(describeCommands()),
      source: 'interfuse --help',
    },
    ...Object.fromEntries(api),
  };
  return buildSite({
    root,
    sections,
    made,
    assets: { 'assets/site.css': readAsset('site.css'), 'assets/icon.svg': readAsset('icon.svg') },
  });
}

function readAsset(name: string): string {
  return readFileSync(new URL(`../assets/${name}`, import.meta.url), 'utf8');
}
