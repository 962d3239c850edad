/** Plots hold what they are told to, are drawn without a browser, and turn dark. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { plotPage, pointsPlot, renderPlot } from './index.js';

const points = [
  { label: 'with & without', x: 2, mean: 1.2, interval: [1.1, 1.3], values: [1.15, 1.2, 1.25] },
  { label: 'none', x: 5, mean: 1.4, values: [1.4], isReference: true },
] as const;

const drawn = (scale: 'number' | 'category') =>
  renderPlot(
    pointsPlot({
      title: 'How many?',
      axis: { title: 'blocks', scale },
      figure: 'MAE (lower is better)',
      points,
      rules: [{ label: 'median', value: 1.6 }],
    }),
    'MAE by blocks',
  );

const count = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].length;

describe.each(['number', 'category'] as const)('points over an axis of %s', (scale) => {
  it('have a mark for each mean, a line for each interval, a ring for each value', async () => {
    const svg = await drawn(scale);
    expect(count(svg, /aria-roledescription="point"[^>]*fill="#(1f6fb2|c75300)"/g)).toBe(2);
    expect(count(svg, /<path aria-label="[^"]*" role="graphics-symbol" aria-roledescription="point"/g)).toBe(6);
    expect(svg).toContain('median');
    expect(svg).toContain('MAE (lower is better)');
    expect(svg).toContain(scale === 'number' ? '>blocks<' : '>with &amp; without<');
  });

  it('say what they are to those who do not see them, and turn dark where pages are dark', async () => {
    const svg = await drawn(scale);
    expect(svg).toMatch(/^<svg role="img" aria-label="MAE by blocks"/);
    expect(svg).toContain('@media (prefers-color-scheme:dark)');
    expect(svg).toContain('[fill="#1f6fb2"]{fill:#6db3f2}');
  });

  it('are drawn alike twice', async () => {
    expect(await drawn(scale)).toBe(await drawn(scale));
  });
});

it('a page loads nothing from anywhere', async () => {
  const page = plotPage({ title: 'a < b', body: [await drawn('number')] });
  expect(page).toContain('<title>a &lt; b</title>');
  expect(page).toContain('name="viewport"');
  expect(page).not.toMatch(/(?:src|href)="|url\(|@import/);
});

it('nothing loads the library that draws before there is something to draw', async () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const files = (await readdir(folder)).filter((name) => !name.endsWith('.test.ts'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  expect(texts.filter((text) => /^(?:import|export) (?!type\b)[^;]*from 'vega/m.test(text))).toEqual([]);
  expect(texts.filter((text) => /await import\('vega|import\('vega'\)/.test(text))).toHaveLength(1);
});
