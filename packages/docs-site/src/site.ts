/** The whole site in memory: pages of the repository, made pages, and whatever of the repository these link to. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { layOut, type NavigationSection, type Page, relativeAddress } from './layout.js';
import { codeBlock, escapeHtml, renderMarkdown } from './markdown.js';
import { type Section, spellOutSections } from './navigation.js';

/** A page that is written nowhere. */
export interface MadePage {
  /** Where it would stand in the repository if it were written: `docs/reference/config.md`. */
  readonly path: string;
  readonly markdown: string;
  /** What it is made from. */
  readonly source: string;
}

export interface SiteOptions {
  /** Folder of the repository. */
  readonly root: string;
  readonly sections: readonly Section[];
  /** By the name that the sections use. */
  readonly made: { readonly [name: string]: MadePage };
  /** Address to content. */
  readonly assets: { readonly [address: string]: string };
}

const pictures = /\.(?:svg|png)$/;

/** @returns address to content of everything that the site needs */
export function buildSite({ root, sections, made, assets }: SiteOptions): Map<string, string | Uint8Array> {
  const written = new Map(Object.values(made).map((page) => [page.path, page]));
  const spelledOut = spellOutSections(sections, pagesUnder(root));
  const pathOf = (name: string): string => made[name]?.path ?? name;
  const site = new Map<string, string | Uint8Array>(Object.entries(assets));
  const pages = new Map<string, Page>();
  const queue = spelledOut.flatMap(({ pages: names }) => names.map(pathOf));

  /** What a link in a page leads to, which thereby becomes part of the site. */
  function follow(from: string, target: string): string {
    const [path = '', anchor] = target.split('#');
    if (/^\w+:/.test(target) || path === '') return target;
    const goal = posix.normalize(posix.join(posix.dirname(from), decodeURI(path))).replace(/\/$/, '');
    if (goal.startsWith('..') || !(written.has(goal) || existsSync(join(root, goal)))) return target;
    const reached = existsSync(join(root, goal, 'README.md')) ? `${goal}/README.md` : goal;
    queue.push(reached);
    return relativeAddress(addressOf(from), `${addressOf(reached)}${anchor === undefined ? '' : `#${anchor}`}`);
  }

  function add(path: string): void {
    const address = addressOf(path);
    if (pages.has(address) || site.has(address)) return;
    if (pictures.test(path)) {
      site.set(address, readFileSync(join(root, path)));
      return;
    }
    const markdown = written.get(path)?.markdown ?? markdownOf(root, path);
    // A file that is no document is shown as it is.
    const content =
      markdown === undefined
        ? { html: `<h1>${escapeHtml(path)}</h1>\n${codeBlock(readFileSync(join(root, path), 'utf8'))}`, headings: [] }
        : renderMarkdown(markdown, (target) => follow(path, target));
    const [first] = content.headings;
    const title = first === undefined ? path : plain(first.title);
    pages.set(address, { address, title, content, source: written.get(path)?.source ?? path });
  }

  for (let path = queue.shift(); path !== undefined; path = queue.shift()) add(path);

  const navigation = spelledOut.map(
    ({ title, pages: names }): NavigationSection => ({
      title,
      links: names.map((name) => {
        const address = addressOf(pathOf(name));
        return { address, title: name === 'README.md' ? 'Overview' : (pages.get(address)?.title ?? name) };
      }),
    }),
  );
  for (const page of pages.values()) site.set(page.address, layOut(page, navigation));
  return site;
}

/** `docs/guides/engines.md` is `guides/engines.html`, a README stands for its folder, and code is under `source/`. */
function addressOf(path: string): string {
  if (pictures.test(path)) return `assets/${path}`;
  if (!path.endsWith('.md')) return isFolderOfDocuments(path) ? `${path.slice(5)}/index.html` : `source/${path}.html`;
  return path
    .replace(/^docs\//, '')
    .replace(/(^|\/)README\.md$/, '$1index.md')
    .replace(/\.md$/, '.html');
}

function isFolderOfDocuments(path: string): boolean {
  return path.startsWith('docs/') && !posix.basename(path).includes('.');
}

/** Of a folder without a README, its list; of code, nothing. */
function markdownOf(root: string, path: string): string | undefined {
  if (!statSync(join(root, path)).isDirectory()) {
    return path.endsWith('.md') ? readFileSync(join(root, path), 'utf8') : undefined;
  }
  const names = readdirSync(join(root, path)).sort();
  const items = names.map((name) => `- [${titleOf(root, `${path}/${name}`)}](${posix.basename(path)}/${name})`);
  return [`# ${path.replace(/^docs\//, '')}`, items.join('\n')].join('\n\n');
}

function titleOf(root: string, path: string): string {
  const [, title] = path.endsWith('.md') ? (/^# (.+)$/m.exec(readFileSync(join(root, path), 'utf8')) ?? []) : [];
  return title ?? posix.basename(path);
}

/** Documents of the repository that the navigation may name, by path. */
function pagesUnder(root: string): string[] {
  return ['docs', 'packages', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.md') && !/\/(?:node_modules|dist|templates)\//.test(path))
      .sort(),
  );
}

function plain(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
