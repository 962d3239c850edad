/** The report in a real browser: no errors, and nothing wider than its window. */
import { describe, expect, it } from 'vitest';
import { findBrowser, openPage } from './browser.test-support.js';
import { htmlReport } from './html-report.js';
import { madeUpReport } from './report.test-support.js';

const browser = findBrowser();
if (browser === undefined) {
  process.stderr.write(
    'No chromium, chromium-browser or google-chrome on the PATH: the report is not opened in one.\n',
  );
}

describe.skipIf(browser === undefined)('in a browser, the report', () => {
  const names = ['deepmlf (depth 2, tokens 8) + feed-forward with gpt2', 'late', 'unimodal (audio)'];
  const page = htmlReport(madeUpReport({ strategies: names, seeds: 3, samples: 200 }));

  it.each([390, 1280])('%i pixels wide has no errors and no horizontal overflow', async (width) => {
    const seen = await openPage(browser as string, await page, width);
    expect(seen.console).toEqual([]);
    expect(seen.overflow).toBe(0);
    // It was laid out.
    expect(seen.height).toBeGreaterThan(2000);
  });

  it('would be found out', async () => {
    const bad = '<!doctype html><p style="width:500px">wide</p><script>undefinedFunction()</script>';
    const seen = await openPage(browser as string, bad, 390);
    expect(seen.console.join()).toContain('undefinedFunction is not defined');
    expect(seen.overflow).toBeGreaterThan(100);
  });
});
