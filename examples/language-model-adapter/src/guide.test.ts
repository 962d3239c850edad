/** The guide shows these files: what it prints is what stands in them. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const repository = new URL('../../../', import.meta.url);
const guide = await readFile(new URL('docs/guides/write-a-language-model-adapter.md', repository), 'utf8');

/** Code blocks that name their file in the first line, without what they leave out. */
const excerpts = [...guide.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].flatMap(([, file, code]) =>
  (code as string)
    .split(/^\s*\/\/ \.\.\.\n/m)
    .map((excerpt) => ({ file: file as string, first: excerpt.split('\n')[0] as string, excerpt })),
);

it('the guide has excerpts', () => {
  expect(excerpts.length).toBeGreaterThan(5);
});

it.each(excerpts)('$file: $first', async ({ file, excerpt }) => {
  expect(await readFile(new URL(`examples/language-model-adapter/${file}`, repository), 'utf8')).toContain(excerpt);
});
