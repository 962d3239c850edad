/** One line of progress for long work: drawn over itself on a terminal, and nothing elsewhere. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { showBar } from './bar.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What is written while some work takes ten seconds. */
function watch({ isTTY = true, quiet = false, columns = 80 } = {}): string[] {
  const written: string[] = [];
  const output = { isTTY, columns, write: (text: string) => written.push(text) };
  const bar = showBar({ out: output, error: output, environment: {} }, quiet);
  for (let tenth = 0; tenth < 10; tenth += 1) {
    vi.advanceTimersByTime(1000);
    bar.update(tenth / 10, 'train/audio');
    bar.update(tenth / 10, 'too soon to be drawn');
  }
  bar.close();
  bar.close();
  return written;
}

it('is nothing when quiet, and where nobody watches', () => {
  expect(watch({ quiet: true })).toEqual([]);
  expect(watch({ isTTY: false })).toEqual([]);
});

it('says how far it is and how long it takes, and is gone at the end', () => {
  const lines = watch();
  expect(lines).toHaveLength(11);
  // Half is done after six seconds.
  expect(lines[5]).toBe('\r████████░░░░░░░░  50 %  train/audio  about 0:06 left\x1b[K');
  expect(lines.at(-1)).toBe('\r\x1b[K');
});

it('fits the terminal', () => {
  for (const line of watch({ columns: 30 })) {
    expect(line.replace('\r', '').replace('\x1b[K', '').length).toBeLessThan(30);
  }
});
