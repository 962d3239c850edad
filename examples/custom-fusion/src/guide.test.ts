/** The guide shows this package: what it prints is what stands in these files. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const repository = new URL('../../../', import.meta.url);
const guide = await readFile(new URL('docs/guides/write-a-fusion-plugin.md', repository), 'utf8');

/** Code blocks that name their file in the first line, without what they leave out. */
const excerpts = [...guide.matchAll(/^```(?:ts|yaml)\n(?:\/\/|#) (\S+)\n([\s\S]*?)^```$/gm)].flatMap(([, file, code]) =>
  (code as string)
    .split(/^\s*\/\/ \.\.\.\n/m)
    .map((excerpt) => ({ file: file as string, first: excerpt.split('\n')[0] as string, excerpt })),
);

it('the guide has excerpts', () => {
  expect(excerpts.length).toBeGreaterThan(6);
});

it.each(excerpts.filter(({ file }) => file.endsWith('.ts')))('$file: $first', async ({ file, excerpt }) => {
  expect(await readFile(new URL(`examples/custom-fusion/${file}`, repository), 'utf8')).toContain(excerpt);
});

it.each(excerpts.filter(({ file }) => file.endsWith('.yaml')))('$file, line by line', async ({ file, excerpt }) => {
  const config = (await readFile(new URL(`examples/custom-fusion/${file}`, repository), 'utf8')).split('\n');
  for (const line of excerpt.split('\n').filter((text) => text !== '')) expect(config).toContain(line);
});
