/** A link that leads nowhere is found, and so is anything that a page would load from elsewhere. */
import { expect, it } from 'vitest';
import { relativeAddress } from './layout.js';
import { linkProblems } from './links.js';

const page = (body: string): string =>
  `<html><head><link rel="stylesheet" href="site.css"></head><body>${body}</body></html>`;

function problems(body: string): string[] {
  const site = new Map([
    ['site.css', ''],
    ['index.html', page(body)],
    ['guides/one.html', '<h1 id="top">One</h1>'],
  ]);
  return linkProblems(site);
}

it.each([
  ['a page', '<a href="guides/one.html">'],
  ['a heading of a page', '<a href="guides/one.html#top">'],
  ['a heading of the same page', '<h2 id="here"></h2><a href="#here">'],
  ['somewhere else', '<a href="https://example.org/">'],
])('%s may be linked to', (_, body) => {
  expect(problems(body)).toEqual([]);
});

it.each([
  ['a page that is not there', '<a href="guides/two.html">', 'index.html: guides/two.html leads nowhere'],
  ['a heading that is not there', '<a href="guides/one.html#end">', 'index.html: guides/one.html#end leads nowhere'],
  ['a picture that is not there', '<img src="a.svg" alt="">', 'index.html: a.svg leads nowhere'],
  ['a picture from elsewhere', '<img src="https://example.org/a.svg" alt="">', 'would load https://example.org/a.svg'],
  ['a sheet from elsewhere', '<link href="//example.org/a.css" rel="stylesheet">', 'would load //example.org/a.css'],
  ['a script', '<script>1</script>', 'index.html: has a script'],
])('%s is found', (_, body, problem) => {
  expect(problems(body).join('\n')).toContain(problem);
});

it.each([
  ['index.html', 'guides/one.html#a', 'guides/one.html#a'],
  ['guides/one.html', 'index.html', '../index.html'],
  ['guides/one.html', 'guides/two.html', 'two.html'],
  ['packages/a/src/index.html', 'packages/b/index.html', '../../b/index.html'],
])('from %s to %s it is %s', (from, to, way) => {
  expect(relativeAddress(from, to)).toBe(way);
});
