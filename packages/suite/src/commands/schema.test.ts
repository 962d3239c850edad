/** `interfuse schema --write`: the schema lies beside the config, which names it, and knows the plugins that it names. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runProgram } from '../program.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-schema-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

async function interfuse(...args: string[]): Promise<string> {
  let out = '';
  const output = {
    write: (text: string) => {
      out += text;
    },
  };
  const context = {
    terminal: { out: output, error: output, environment: {} },
    workingFolder: folder,
    signal: new AbortController().signal,
  };
  expect(await runProgram(args, context)).toBe(0);
  return out;
}

const plugin = `export const plugins = [{
  kind: 'fusion', id: '@test/mine', version: '1.0.0', apiVersion: 1, title: 'Mine', summary: 'A trial.',
  category: 'late', requires: {}, missing: 'zeros', padding: 'invariant',
  options: { type: 'object', additionalProperties: false, properties: { width: { type: 'integer', description: 'A width.' } } },
  load: async () => { throw new Error('not loaded'); },
}];`;

it('accepts the config that names it, its own plugins included, and finds a wrong option', async () => {
  const text = 'plugins: [./mine.mjs]\ndata: staged\nfusion: { use: "@test/mine", options: { width: 8 } }\n';
  await writeFile(at('mine.mjs'), plugin);
  await writeFile(at('interfuse.config.yaml'), text);
  expect(await interfuse('schema', '--write')).toBe(
    'Wrote interfuse.schema.json, which interfuse.config.yaml now names.\n',
  );
  const named = await readFile(at('interfuse.config.yaml'), 'utf8');
  expect(named).toBe(`# yaml-language-server: $schema=./interfuse.schema.json\n${text}`);

  const written = JSON.parse(await readFile(at('interfuse.schema.json'), 'utf8'));
  const accepts = new Ajv2020({ strict: false }).compile(written);
  expect(accepts(parse(named))).toBe(true);
  expect(accepts(parse(named.replace('width', 'widht')))).toBe(false);

  expect(await interfuse('schema', '--write')).toContain('names already');
  expect(await readFile(at('interfuse.config.yaml'), 'utf8')).toBe(named);
});

it('writes into JSON, which stays a config', async () => {
  await writeFile(at('my.json'), '{ "data": "staged", "fusion": "late" }\n');
  expect(await interfuse('schema', '--write', 'my.json')).toContain('which my.json now names');
  const named = await readFile(at('my.json'), 'utf8');
  expect(named).toBe('{ "$schema": "./interfuse.schema.json", "data": "staged", "fusion": "late" }\n');
  const written = JSON.parse(await readFile(at('interfuse.schema.json'), 'utf8'));
  expect(new Ajv2020({ strict: false }).compile(written)(JSON.parse(named))).toBe(true);
  expect(await interfuse('schema', '--config', 'my.json')).toContain('json-schema.org');
});

it.each([
  ['no config', [], 'CONFIG_NOT_FOUND', 'interfuse schema --write my.yaml'],
  ['a config that is not there', ['nowhere.yaml'], 'CONFIG_NOT_FOUND', 'default configuration'],
  ['a config in TypeScript', ['interfuse.config.ts'], 'CONFIG_UNREADABLE', 'interfuse/config'],
  ['a config with a mistake', ['wrong.yaml'], 'CONFIG_UNKNOWN_OPTION', 'fusion'],
])('%s: nothing is written', async (_, args, code, remedy) => {
  await writeFile(at('interfuse.config.ts'), 'export default {};');
  await writeFile(at('wrong.yaml'), 'data: staged\nfusoin: late\n');
  if (args.length === 0) await rm(at('interfuse.config.ts'));
  const before = await readdir(folder);
  await expect(interfuse('schema', '--write', ...args)).rejects.toMatchObject({
    code,
    remedy: expect.stringContaining(remedy),
  });
  expect(await readdir(folder)).toEqual(before);
  expect(existsSync(at('interfuse.schema.json'))).toBe(false);
});
