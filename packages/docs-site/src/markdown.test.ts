/** Markdown becomes HTML whose headings can be linked to by the names that GitHub gives them. */
import { describe, expect, it } from 'vitest';
import { renderMarkdown, slug } from './markdown.js';

const same = (target: string): string => target;

describe('headings', () => {
  // The names in the first column are links that the guides use, which work on GitHub.
  it.each([
    ['the-same-adaptation-for-all', 'The same adaptation for all'],
    ['presets', 'Presets'],
    ['1-say-what-it-is-plugints', '1. Say what it is: plugin.ts'],
    ['cmu-mosi--ch-sims', 'CMU-MOSI & CH-SIMS'],
  ])('are called %s', (name, title) => {
    expect(slug(title)).toBe(name);
  });

  it('of the same title have names of their own', () => {
    const { headings, html } = renderMarkdown('# One\n\n## Two\n\n## Two\n', same);
    expect(headings.map(({ id }) => id)).toEqual(['one', 'two', 'two-1']);
    expect(html).toContain('<h2 id="two-1">');
  });
});

describe('a page', () => {
  it('has its links and pictures led inside the site', () => {
    const { html } = renderMarkdown('[a](b.md#c) ![d](e.svg)', (target) => `<${target}>`);
    expect(html).toContain('<a href="&lt;b.md#c&gt;">a</a>');
    expect(html).toContain('<img src="&lt;e.svg&gt;" alt="d">');
  });

  it('shows HTML as it is written, and leaves comments out', () => {
    const { html } = renderMarkdown('<!-- given:\nconst a = 1;\n-->\n\n<script>alert(1)</script>\n', same);
    expect(html).not.toContain('given');
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;');
  });

  it('keeps code as it is, and lets the keyboard scroll it', () => {
    const { html } = renderMarkdown('```ts\nconst a: Map<string, "b"> = c && d;\n```\n', same);
    expect(html).toBe(
      '<pre tabindex="0"><code class="language-ts">const a: Map&lt;string, &quot;b&quot;&gt; = c &amp;&amp; d;\n</code></pre>\n',
    );
  });

  it('puts tables into something that scrolls, numbers to the right', () => {
    const { html } = renderMarkdown('| a | b |\n| --- | ---: |\n| c | 1 |\n', same);
    expect(html).toMatch(/^<div class="wide" tabindex="0"><table>/);
    expect(html).toContain('<td class="right">1</td>');
  });
});
