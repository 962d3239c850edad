/** Pages that are made say what they are made from: declarations with their comments, schemas, and the help of commands. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiPage } from './api-page.js';
import { commandPage } from './command-page.js';
import { configPage } from './config-page.js';
import { commentAsMarkdown } from './doc-comment.js';
import { spellOutSections } from './navigation.js';

describe('the page of a package', () => {
  let folder: string;
  let page: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interfuse-docs-'));
    const manifest = { name: '@x/y', description: 'Of y.', exports: { '.': { types: './index.d.ts' } } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(
      join(folder, 'index.d.ts'),
      "/** The package. */\nexport * from './one.js';\nexport { hidden as shown } from './two.js';\n",
    );
    await writeFile(
      join(folder, 'one.d.ts'),
      [
        '/** Of the file. */',
        "import type { Tensor } from 'elsewhere';",
        '/** Adds. @param a - the first\n * @throws NO_SUM if it cannot */',
        'export declare function add(a: number, options?: Options): Sum;',
        'interface Options {\n    /** How exact. */\n    readonly exact?: boolean;\n}',
        'export type Sum = ',
        '/** Whole. */\n{\n    readonly whole: number;\n} | undefined;',
        'declare const secret: 1;',
        '',
      ].join('\n'),
    );
    await writeFile(
      join(folder, 'two.d.ts'),
      '/** Was hidden. */\nexport declare const hidden = 1;\nexport declare const other = 2;\n',
    );
    page = apiPage(folder);
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('has every export under the name by which it is imported, and nothing else', () => {
    expect([...page.matchAll(/^### (.+)$/gm)].map(([, name]) => name)).toEqual(['add', 'shown', 'Sum']);
    expect(page).not.toContain('secret');
  });

  it('has the comments of exports in words, and those of members with them', () => {
    expect(page).toContain('### add\n\nAdds.\n\n- Takes `a`: the first\n- Throws NO_SUM if it cannot\n');
    expect(page).toContain('    /** How exact. */\n    readonly exact?: boolean;');
    expect(page).toContain('/** Whole. */\n{\n    readonly whole: number;\n} | undefined;');
    expect(page).not.toContain('Of the file.');
  });
});

it('a doc comment loses its stars, not its paragraphs', () => {
  expect(commentAsMarkdown('/**\n * One\n * line.\n *\n * Two. {@link three}\n */')).toBe('One\nline.\n\nTwo. `three`');
});

describe('the page on configs', () => {
  const slot = {
    oneOf: [
      { const: 'late' },
      {
        type: 'object',
        properties: {
          use: { enum: ['late'] },
          gain: { type: 'number', minimum: 0, default: 1, description: 'How much | more.' },
        },
      },
    ],
  };
  const page = configPage({
    properties: {
      fusion: { description: 'What to compare.', anyOf: [slot, { type: 'array', items: slot }] },
      seeds: { type: 'array', items: { type: 'integer' }, default: [1, 2], description: 'Which seeds.' },
    },
    $defs: {
      fusion: {
        late: {
          title: 'Late',
          description: 'At the end.',
          properties: { width: { type: 'integer', exclusiveMinimum: 3, description: 'How wide.' } },
        },
      },
    },
  });

  it('has every key with its type, default and description', () => {
    expect(page).toContain('## fusion\n\nWhat to compare.\n\nType: plugin or list of plugin.');
    expect(page).toContain('| `gain` | number ≥ 0 | `1` | How much \\| more. |');
    expect(page).toContain('## seeds\n\nWhich seeds.\n\nType: list of integer. Default: `[1,2]`.');
  });

  it('has the options of every plugin', () => {
    expect(page).toContain('### late (fusion)\n\nLate. At the end.');
    expect(page).toContain('| `width` | integer > 3 |  | How wide. |');
  });
});

it('the page on the command line has usage, arguments, options and notes', () => {
  const page = commandPage([
    {
      name: 'interfuse do',
      usage: 'interfuse do [options] <what>',
      description: 'do something',
      parameters: [{ term: 'what', description: 'a thing' }],
      options: [{ term: '--jobs <number>', description: 'at <most>' }],
      notes: 'Nothing else.',
    },
  ]);
  expect(page).toContain('## interfuse do\n\nDo something.\n\n```sh\ninterfuse do [options] <what>\n```');
  expect(page).toContain('| `what` | a thing |');
  expect(page).toContain('| `--jobs <number>` | at \\<most> |');
  expect(page).toContain('```\nNothing else.\n```');
});

it('a section has what it names, and then what no section names', () => {
  const sections = [
    { title: 'a', pages: ['docs/b.md', 'docs/*'] },
    { title: 'c', pages: ['made:d', 'docs/e.md', 'packages/*'] },
  ];
  const known = [
    'docs/a.md',
    'docs/b.md',
    'docs/e.md',
    'docs/deep/f.md',
    'packages/g/README.md',
    'packages/g/notes.md',
  ];
  expect(spellOutSections(sections, known).map(({ pages }) => pages)).toEqual([
    ['docs/b.md', 'docs/a.md'],
    ['made:d', 'docs/e.md', 'packages/g/README.md'],
  ]);
});
