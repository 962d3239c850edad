/** The report as a page: every part is there, nothing is loaded, and a large comparison stays a small file. */
import { describe, expect, it } from 'vitest';
import { htmlReport } from './html-report.js';
import { madeUpReport } from './report.test-support.js';

const ids = (page: string) => [...page.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

describe('the page of a comparison', () => {
  const data = madeUpReport({ strategies: ['best', 'second & <third>', 'alone'], seeds: 3, samples: 40 });
  const page = htmlReport(data);

  it('has every part that there is something to show in', async () => {
    expect(ids(await page)).toEqual([
      'ranking',
      'claims',
      'differences',
      'learning-curves',
      'cost',
      'predictions',
      'missing',
      'cross-modal',
      'inside',
      'reproduce',
    ]);
    // Of ranking and pairs one, of cost three; curves, points and confusion of three strategies; one matrix, gates, attention.
    expect(count(await page, /<svg /g)).toBe(2 + 3 + 3 * 3 + 1 + 2);
    expect(count(await page, /<svg [^>]*role="img" aria-label="[^"]+"|<svg role="img" aria-label="[^"]+"/g)).toBe(17);
  });

  it('loads nothing, runs nothing, and escapes names', async () => {
    expect(await page).not.toMatch(/<script|<link|<img|@import|url\(|\son\w+=|(?:src|href)="(?!#)/);
    expect(await page).toContain('second &amp; &lt;third&gt;');
    expect(await page).not.toContain('<third>');
    expect(await page).toContain('a &lt;config&gt;');
  });

  it('says how to do it again, of what it was made, and which strategies were not asked about missing modalities', async () => {
    expect(await page).toContain('<pre>interfuse compare made-up.yaml</pre>');
    expect(await page).toContain('SHA-256 d1');
    expect(await page).toContain('Not asked: second &amp; &lt;third&gt;, alone.');
  });

  it('gives every strategy an interval that holds its mean', async () => {
    const rows = [...(await page).matchAll(/<td>([\d.]+) ± [\d.]+<\/td><td>([\d.]+) to ([\d.]+)<\/td>/g)];
    expect(rows).toHaveLength(3);
    for (const [, mean, low, high] of rows.map((row) => row.map(Number))) {
      expect(low).toBeLessThan(mean as number);
      expect(high).toBeGreaterThan(mean as number);
    }
  });
});

it('a single strategy with a single seed has a page without differences', async () => {
  const page = await htmlReport(madeUpReport({ strategies: ['only'], seeds: 1, samples: 12 }));
  expect(ids(page)).not.toContain('differences');
  expect(page).toContain('One seed');
});

it('many strategies and samples make a page below 3 MB', async () => {
  const strategies = Array.from({ length: 12 }, (_, i) => `strategy ${i}`);
  const page = await htmlReport(madeUpReport({ strategies, seeds: 1, samples: 3000 }));
  expect(page).toContain('500 of 3000 samples, evenly taken');
  expect(Buffer.byteLength(page)).toBeLessThan(3e6);
});
