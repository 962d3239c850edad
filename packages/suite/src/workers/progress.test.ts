/** Progress: live on a terminal, one line for each run elsewhere, nothing when quiet. */
import { describe, expect, it } from 'vitest';
import type { RunRequest } from './messages.js';
import { showProgress } from './progress.js';

const request: RunRequest = {
  experiment: { workingFolder: '/', overrides: [] },
  choice: { fusion: 0, languageModel: 0 },
  seed: 1,
  name: 'early-s1',
  plan: { file: 'small-plan.json', hash: '00' },
  threads: 1,
};

/** What is written while one run of two is executed to its end. */
function watch({ isTTY = false, quiet = false, columns = 80, compileSeconds = 0 } = {}): string {
  const written: string[] = [];
  const output = { isTTY, columns, write: (text: string) => written.push(text) };
  const display = showProgress({
    terminal: { out: output, error: output, environment: {} },
    quiet,
    total: 2,
    label: ({ seed }) => `early, seed ${seed}`,
    column: 'MAE',
  });
  display.started?.(request);
  display.said?.(request, {
    kind: 'progress',
    progress: { epoch: 1, epochs: 4, step: 2, steps: 4, loss: 0.51234, seconds: 1 },
  });
  display.said?.(request, { kind: 'epoch', epoch: 1, figure: 0.8123 });
  display.said?.(request, { kind: 'warning', message: 'take care' });
  display.said?.(request, { kind: 'end', status: 'finished', ...(compileSeconds > 0 ? { compileSeconds } : {}) });
  display.ended?.(request, { status: 'finished' });
  display.close();
  return written.join('');
}

describe('progress', () => {
  it('is nothing when quiet', () => {
    expect(watch({ quiet: true })).toBe('');
    expect(watch({ quiet: true, isTTY: true })).toBe('');
  });

  it('is a line for each run that ends where nobody watches, with warnings and without control codes', () => {
    expect(watch()).toMatch(
      /^early, seed 1: take care\nearly, seed 1: finished after \d+\.\d s, last valid MAE 0\.8123 \(1 of 2\)\n$/,
    );
  });

  it('says what compiling took, where something was compiled', () => {
    expect(watch({ compileSeconds: 1.23 })).toMatch(/ s \(1\.2 s of it compiling\), last valid MAE/);
  });

  it('is a bar for each active run and one for all on a terminal, cleared at the end', () => {
    const text = watch({ isTTY: true });
    // Epoch 2 of 4, half way: 1.5 / 4 of 16 places.
    expect(text).toMatch(/early, seed 1 █{6}░{10} epoch 2\/4 {2}valid MAE 0\.8123 {2}0:00/);
    expect(text).toMatch(/all runs +█{8}░{8} 1 of 2 finished/);
    expect(text.endsWith('\x1b[0J')).toBe(true);
  });

  it('never draws a line that would wrap', () => {
    const lines = watch({ isTTY: true, columns: 40 })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of the terminal
      .replaceAll(/\x1b\[\d*[A-Zm]/gi, '')
      .split('\n')
      .filter((line) => line.includes('░'));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40);
  });
});
