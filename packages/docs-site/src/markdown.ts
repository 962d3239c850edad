/** Markdown to HTML: headings that can be linked to, links that lead inside the site, code and tables that may be scrolled. */
import { Marked } from 'marked';

export interface Heading {
  readonly level: number;
  readonly id: string;
  /** As HTML. */
  readonly title: string;
}

export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** @param link where a link or an image of the page leads in the site */
export function renderMarkdown(text: string, link: (target: string) => string): Rendered {
  const headings: Heading[] = [];
  const taken = new Map<string, number>();
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const title = this.parser.parseInline(tokens);
        const id = unique(slug(this.parser.parseInline(tokens, this.parser.textRenderer)), taken);
        headings.push({ level: depth, id, title });
        return `<h${depth} id="${id}">${title} <a class="anchor" href="#${id}" aria-label="Link to this section">#</a></h${depth}>\n`;
      },
      link({ href, tokens }) {
        return `<a href="${escapeHtml(link(href))}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text: alt }) {
        return `<img src="${escapeHtml(link(href))}" alt="${escapeHtml(alt)}">`;
      },
      code({ text: code, lang }) {
        return codeBlock(code, lang);
      },
      table(token) {
        const cells = (row: typeof token.header) =>
          row
            .map(({ tokens, header, align }) => {
              const tag = header ? 'th scope="col"' : 'td';
              const side = align === null ? '' : ` class="${align}"`;
              return `<${tag}${side}>${this.parser.parseInline(tokens)}</${header ? 'th' : 'td'}>`;
            })
            .join('');
        const rows = token.rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n');
        return `<div class="wide" tabindex="0"><table>\n<thead><tr>${cells(token.header)}</tr></thead>\n<tbody>\n${rows}\n</tbody>\n</table></div>\n`;
      },
      // Comments are notes for the tests; other HTML is shown as it is written.
      html({ text: raw }) {
        return raw.trimStart().startsWith('<!--') ? '' : escapeHtml(raw);
      },
    },
  });
  return { html: marked.parse(text, { async: false }), headings };
}

/** A block of code that the keyboard can scroll. */
export function codeBlock(code: string, language = ''): string {
  const name = language === '' ? '' : ` class="language-${escapeHtml(language)}"`;
  return `<pre tabindex="0"><code${name}>${escapeHtml(code.trimEnd())}\n</code></pre>\n`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The name of a heading in links: the one that GitHub gives it, so that a link works in both places. */
export function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/&[a-z0-9#]+;/g, '')
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function unique(id: string, taken: Map<string, number>): string {
  const count = taken.get(id) ?? 0;
  taken.set(id, count + 1);
  return count === 0 ? id : `${id}-${count}`;
}
