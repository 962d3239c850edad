/** A headless Chromium, where one is installed: what a page says on its console, and how wide it gets. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

export function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const files = ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface Seen {
  /** Lines on the console: errors of scripts, files that do not load. */
  readonly console: readonly string[];
  /** How far the page reaches beyond its window, in pixels. */
  readonly overflow: number;
  /** Of the whole page, in pixels. */
  readonly height: number;
}

/** Opens a page in a frame of this width, for a window cannot be as narrow as a phone. */
export async function openPage(browser: string, page: string, width: number): Promise<Seen> {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-browser-'));
  try {
    const file = join(folder, 'frame.html');
    await writeFile(file, frame(page, width));
    const { stdout, stderr } = await promisify(execFile)(
      browser,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--enable-logging=stderr',
        '--virtual-time-budget=2000',
        `--user-data-dir=${join(folder, 'profile')}`,
        '--dump-dom',
        pathToFileURL(file).href,
      ],
      { maxBuffer: 64e6, timeout: 50_000 },
    );
    const [, overflow, height] = /data-overflow="(-?\d+)" data-height="(\d+)"/.exec(stdout) ?? [];
    return {
      console: stderr.split('\n').filter((line) => line.includes('CONSOLE')),
      overflow: Number(overflow),
      height: Number(height),
    };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function frame(page: string, width: number): string {
  const source = page.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!doctype html><body><iframe style="width:${width}px;height:800px;border:0" srcdoc="${source}"></iframe>
<script>
const frame = document.querySelector('iframe');
frame.addEventListener('load', () => {
  const { scrollWidth, clientWidth, scrollHeight } = frame.contentDocument.documentElement;
  document.body.setAttribute('data-overflow', scrollWidth - clientWidth);
  document.body.setAttribute('data-height', scrollHeight);
});
</script>`;
}
