/** The frame of every page: the way to the content, the navigation, the contents of a long page. No script. */
import { escapeHtml, type Rendered } from './markdown.js';

export interface NavigationSection {
  readonly title: string;
  /** Addresses are those of the site. */
  readonly links: readonly { readonly address: string; readonly title: string }[];
}

export interface Page {
  /** `guides/engines.html`. */
  readonly address: string;
  readonly title: string;
  readonly content: Rendered;
  /** Where in the repository it comes from. */
  readonly source: string;
}

/** How many sections make a page long. */
const manySections = 4;

export function layOut(page: Page, navigation: readonly NavigationSection[]): string {
  const to = (address: string) => escapeHtml(relativeAddress(page.address, address));
  const title = page.title === 'Interfuse' ? 'Interfuse' : `${page.title} · Interfuse`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${to('assets/icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${to('assets/site.css')}">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header class="top"><a class="home" href="${to('index.html')}">Interfuse</a> <a class="to-contents" href="#contents">Contents</a></header>
<div class="frame">
<main id="content">
${withContents(page.content)}
<footer>From <code>${escapeHtml(page.source)}</code>.</footer>
</main>
<nav id="contents" class="site" aria-label="All pages">
${navigation.map((section) => navigationSection(section, page, to)).join('\n')}
</nav>
</div>
</body>
</html>
`;
}

function navigationSection({ title, links }: NavigationSection, page: Page, to: (address: string) => string): string {
  const items = links.map(({ address, title: name }) => {
    const here = address === page.address ? ' aria-current="page"' : '';
    return `<li><a href="${to(address)}"${here}>${escapeHtml(name)}</a></li>`;
  });
  return `<h2>${escapeHtml(title)}</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
}

/** The contents of a long page, closed, stand after its title. */
function withContents(content: Rendered): string {
  const contents = contentsOf(content);
  return content.html.replace(/<\/h1>\n?/, (end) => `${end}${contents}`);
}

function contentsOf({ headings }: Rendered): string {
  const inside = headings.filter(({ level }) => level === 2 || level === 3);
  if (inside.filter(({ level }) => level === 2).length < manySections && inside.length < 2 * manySections) return '';
  const items = inside.map(
    ({ level, id, title }) =>
      `<li class="level-${level}"><a href="#${id}">${title.replaceAll(/<\/?a\b[^>]*>/g, '')}</a></li>`,
  );
  return `<details class="on-page"><summary>On this page</summary>\n<ul>\n${items.join('\n')}\n</ul>\n</details>\n`;
}

/** From one page to another, so that the site works in any folder and from a disk. */
export function relativeAddress(from: string, to: string): string {
  const [path = '', anchor] = to.split('#');
  const start = from.split('/').slice(0, -1);
  const goal = path.split('/');
  let shared = 0;
  while (shared < start.length && shared < goal.length - 1 && start[shared] === goal[shared]) shared++;
  const way = [...start.slice(shared).map(() => '..'), ...goal.slice(shared)].join('/');
  return anchor === undefined ? way : `${way}#${anchor}`;
}
