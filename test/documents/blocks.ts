/** The code blocks of all documents, with the comments before them that say how they are to be checked. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  /** `docs/guides/engines.md:5`: where the code starts. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  /** What a reader has at this point, as code: `<!-- given: ... -->` before the block. */
  readonly given: string;
  /** A file that lies beside it: its name in the first line of `<!-- beside: ... -->`. */
  readonly beside?: { readonly name: string; readonly code: string };
  /** Why it cannot be run: `<!-- not run: ... -->` before the block. */
  readonly notRun?: string;
}

/** All documents but the templates of plugins, which are tested as packages. */
export const documents: readonly string[] = [
  ...['README.md', 'AGENTS.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...['docs', 'packages', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter(
        (path) => path.endsWith('.md') && !/\/(?:node_modules|dist|templates)\/|^packages\/core\/api\.md$/.test(path),
      ),
  ),
].sort();

export const blocks: readonly Block[] = documents.flatMap(blocksOf);

function blocksOf(path: string): Block[] {
  const text = readFileSync(join(root, path), 'utf8');
  const found = text.matchAll(/((?:^<!--(?:(?!-->)[\s\S])*-->\n+)*)^( *)```(\w*)\n([\s\S]*?)^\2```$/gm);
  return [...found].map(({ index, 0: whole, 1: notes = '', 3: language = '', 4: code = '' }) => {
    const line = text.slice(0, index + whole.indexOf('```', notes.length)).split('\n').length + 1;
    const note = (name: string) => new RegExp(`<!-- ${name}:((?:(?!-->)[\\s\\S])*)-->`).exec(notes)?.[1]?.trim();
    const notRun = note('not run');
    const [name = '', ...lines] = note('beside')?.split('\n') ?? [];
    return {
      place: `${path}:${line}`,
      language,
      code,
      given: note('given') ?? '',
      ...(notRun === undefined ? {} : { notRun }),
      ...(name === '' ? {} : { beside: { name, code: lines.join('\n') } }),
    };
  });
}
