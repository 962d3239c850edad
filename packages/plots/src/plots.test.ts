/** Plots hold what they are told to, are drawn without a browser, and turn dark. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cellsPlot, cloudPlot, costPlot, curvePlot, plotPage, pointsPlot, renderPlot } from './index.js';

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

describe('small plots', () => {
  const axis = { title: 'x', domain: [0, 3] } as const;

  it('draw a curve with its band, the others, and a ring for each mark', async () => {
    const curve = [1, 2].map((x) => ({ x, mean: x, range: [x - 0.5, x + 0.5] as const }));
    const marks = [{ x: 2, y: 2 }];
    const svg = await renderPlot(
      curvePlot({ title: 'a', x: axis, y: axis, curve, others: [curve, curve], marks }),
      'a',
    );
    // A line of its own, and two faint ones; one area; two dots on the line; one ring.
    expect(count(svg, /class="mark-line/g)).toBe(3);
    expect(count(svg, /class="mark-area/g)).toBe(1);
    expect(count(svg, /<path [^>]*stroke="#c75300"/g)).toBe(1);
  });

  it('draw a dot for each point of a cloud, and say nothing of single ones', async () => {
    const points = [1, 2, 2.5].map((x) => ({ x, y: 3 - x }));
    const svg = await renderPlot(cloudPlot({ title: 'a', x: axis, y: axis, points }), 'a');
    expect(count(svg, /<path [^>]*fill="#1f6fb2"/g)).toBe(3);
    expect(svg).not.toContain('aria-roledescription="point"');
  });

  it('draw cells with their text, the darker the more, and never so dark that it cannot be read', async () => {
    const cells = [
      { row: 'a', column: 'b', text: '12', shade: 0.5 },
      { row: 'a', column: 'c', text: '99', shade: 1 },
    ];
    const names = { rows: { title: 'r', names: ['a'] }, columns: { title: 'c', names: ['b', 'c'] } };
    const svg = await renderPlot(cellsPlot({ title: 'a', ...names, cells, size: [30, 30] }), 'a');
    const shades = [...svg.matchAll(/<path [^>]*fill="#1f6fb2"[^>]*opacity="([\d.]+)"/g)].map(([, shade]) =>
      Number(shade),
    );
    expect(shades).toEqual([0.325, 0.65]);
    expect(svg).toContain('>12<');
  });
});

describe('cost against worth', () => {
  const points = ['one', 'two', 'three'].map((label, i) => ({ label, cost: 10 + i / 100, worth: 1 + i / 1000 }));

  it('has a name for each point, and no name over another', async () => {
    const far = { label: 'far', cost: 10_000, worth: 2 };
    const svg = await renderPlot(costPlot({ title: 'a', cost: 's', worth: 'MAE', points: [...points, far] }), 'a');
    const heights = ['one', 'two', 'three'].map((name) =>
      Number(new RegExp(`translate\\([\\d.]+,([\\d.]+)\\)[^>]*>${name}<`).exec(svg)?.[1]),
    );
    const [low = 0, middle = 0, high = 0] = heights.sort((a, b) => a - b);
    expect(middle - low).toBeGreaterThanOrEqual(12.9);
    expect(high - middle).toBeGreaterThanOrEqual(12.9);
    expect(svg).toMatch(/text-anchor="end"[^>]*>far</);
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
