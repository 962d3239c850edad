/** Config files of every form, and what is said about one that cannot be read. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejected } from '../../test/thrown.js';
import { findConfigFile, readConfigFile } from './read-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('a config file', () => {
  const expected = { data: 'sentences', seeds: [1, 2] };

  it('is YAML, JSON, TypeScript or JavaScript', async () => {
    const files = [
      await file('a.yaml', 'data: sentences\nseeds: [1, 2]\n'),
      await file('a.json', '{\n\t"data": "sentences",\n\t"seeds": [1, 2]\n}'),
      await file('a.ts', 'const seeds: number[] = [1, 2];\nexport default { data: "sentences", seeds };'),
      await file('a.mjs', 'export default { data: "sentences", seeds: [1, 2] };'),
    ];
    for (const path of files) expect(await readConfigFile(path)).toEqual({ config: expected, file: path, folder });
  });

  it('is found in a folder under its usual name', async () => {
    expect(await findConfigFile(folder)).toBeUndefined();
    const path = await file('interfuse.config.yaml', 'data: sentences');
    expect(await findConfigFile(folder)).toBe(path);
    await rm(path);
  });
});

describe('a config file that cannot be read', () => {
  it('is not found, with a guess at what was meant', async () => {
    await file('compare.yaml', 'data: sentences');
    const error = await rejected(readConfigFile(join(folder, 'comapre.yaml')));
    expect(error.code).toBe('CONFIG_NOT_FOUND');
    expect(error.remedy).toContain('compare.yaml');
    expect((await rejected(readConfigFile(join(folder, 'nowhere', 'x.yaml')))).code).toBe('CONFIG_NOT_FOUND');
  });

  it('is not a folder', async () => {
    await mkdir(join(folder, 'some.yaml'));
    expect((await rejected(readConfigFile(join(folder, 'some.yaml')))).code).toBe('CONFIG_NOT_FOUND');
  });

  it.each([
    ['broken.yaml', 'data: sentences\nfusion: [early\nseeds: 1\n', 3],
    ['twice.yaml', 'seeds: 1\nseeds: 2\n', 2],
    ['broken.json', '{\n  "data": "sentences",\n  "seeds": [1, 2\n}\n', 4],
    ['word.json', '{\n  "data": sentences\n}\n', 2],
    ['cut.json', '{\n  "data": "sentences"', 2],
    ['broken.ts', 'const a = 1;\nexport default { data: ;\n', 2],
    ['throws.mjs', 'export default {\n  data: nothing.here,\n};\n', 2],
  ])('%s is named with line and column', async (name, text, line) => {
    const path = await file(name, text);
    const error = await rejected(readConfigFile(path));
    expect(error.code).toBe('CONFIG_UNREADABLE');
    expect(error.place).toMatch(new RegExp(`^${path}:${line}:\\d+$`));
  });

  it('holds no sections', async () => {
    for (const path of [
      await file('empty.yaml', ''),
      await file('list.yaml', '- data'),
      await file('none.ts', 'export const config = {};'),
      await file('config.toml', 'data = 1'),
    ]) {
      expect(await rejected(readConfigFile(path))).toMatchObject({ code: 'CONFIG_UNREADABLE', place: path });
    }
  });
});
