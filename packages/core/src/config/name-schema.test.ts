/** A config that is made to name its schema is otherwise the same, to the byte. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { thrown } from '../../test/thrown.js';
import { nameSchema } from './name-schema.js';
import { readConfigFile } from './read-file.js';

const schema = './interfuse.schema.json';
const line = `# yaml-language-server: $schema=${schema}`;

const yaml = '# My comparison.\ndata:   staged   # the bundled one\nfusion: [late,\n  early]\n';
const json = '{\n\t"data":  "staged",\n\t"seeds": [1,2]\n}';

it.each([
  ['YAML: a line above the first', 'a.yaml', yaml, `${line}\n${yaml}`],
  [
    'YAML: in the place of another schema',
    'a.yml',
    `# a\n# yaml-language-server: $schema=old.json\n${yaml}`,
    `# a\n${line}\n${yaml}`,
  ],
  ['YAML with the line ends of Windows', 'a.yaml', 'data: a\r\n', `${line}\r\ndata: a\r\n`],
  ['YAML with a byte-order mark', 'a.yaml', '\uFEFFdata: a\n', `\uFEFF${line}\ndata: a\n`],
  ['JSON: a property before the first', 'a.json', json, `{\n\t"$schema": "${schema}",\n\t${json.slice(3)}`],
  [
    'JSON: in the place of another schema',
    'a.json',
    '{ "$schema": "old", "seeds": 1 }',
    `{ "$schema": "${schema}", "seeds": 1 }`,
  ],
  ['JSON on one line', 'a.json', '{"seeds":1}', `{"$schema": "${schema}", "seeds":1}`],
  ['an object without content', 'a.json', '{}', `{"$schema": "${schema}"}`],
])('%s', (_, file, before, after) => {
  expect(nameSchema(before, file, schema)).toBe(after);
  expect(nameSchema(after, file, schema)).toBe(after);
});

it.each([
  ['c.yaml', yaml],
  ['c.json', json],
])('%s says the same as before', async (name, text) => {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-schema-'));
  const file = join(folder, name);
  await writeFile(file, text);
  const before = await readConfigFile(file);
  await writeFile(file, nameSchema(text, name, schema));
  expect(await readConfigFile(file)).toEqual(before);
  await rm(folder, { recursive: true });
});

it('JSON that is no object has no place for it', () => {
  expect(thrown(() => nameSchema('[1]', 'a.json', schema))).toMatchObject({
    code: 'CONFIG_UNREADABLE',
    place: 'a.json',
  });
});
