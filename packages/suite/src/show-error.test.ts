/** Errors and colours as people see them. */
import { InterfuseError } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { showError, showFailure } from './show-error.js';
import { painter, type Terminal } from './terminal.js';

function terminal({ isTTY = false, environment = {} }: { isTTY?: boolean; environment?: Record<string, string> } = {}) {
  const written: string[] = [];
  const output = { isTTY, write: (text: string) => written.push(text) };
  return { written, terminal: { out: output, error: output, environment } satisfies Terminal };
}

const coded = new InterfuseError('CONFIG_WRONG_VALUE', { place: 'seeds', expected: 'a list', got: '"x"' });

describe('an error', () => {
  it('with a code is shown as it is and stands for exit code 2', () => {
    const { written, terminal: plain } = terminal();
    expect(showError(coded, plain)).toBe(2);
    expect(written.join('')).toBe(`${coded.message}\n`);
  });

  it('with a code names its cause', () => {
    const cause = new Error('no such module\nwith more lines');
    const { written, terminal: plain } = terminal();
    showError(new InterfuseError('PLUGIN_NOT_LOADED', { place: 'x', expected: 'y', got: 'z', cause }), plain);
    expect(written.join('')).toMatch(/ {2}because {3}no such module\n$/);
  });

  it('in a plugin that was being loaded comes with its stack', () => {
    const { written, terminal: plain } = terminal();
    const cause = new TypeError('no such device');
    expect(showError(new InterfuseError('PLUGIN_THREW', { place: 'x', expected: 'y', got: 'z', cause }), plain)).toBe(
      2,
    );
    expect(written.join('')).toMatch(/\n {2}TypeError: no such device\n {6}at .*show-error\.test\.ts/);
  });

  it('without a code has a stack, a hint, and exit code 1, also when it comes from a worker', () => {
    const { written, terminal: plain } = terminal();
    expect(showError(new TypeError('oops'), plain)).toBe(1);
    expect(written.join('')).toMatch(/TypeError: oops\n +at [\s\S]*interfuse doctor/);
    expect(showFailure({ message: 'ended by SIGKILL' }, plain)).toBe(1);
    expect(written.join('')).toContain('ended by SIGKILL');
  });

  it('from a worker keeps its code', () => {
    const { written, terminal: plain } = terminal();
    expect(showFailure({ code: coded.code, message: coded.message }, plain)).toBe(2);
    expect(written.join('')).toBe(`${coded.message}\n`);
  });
});

describe('colour', () => {
  const painted = (settings: Parameters<typeof terminal>[0]) => {
    const { out, environment } = terminal(settings).terminal;
    return painter(out, environment)('red', 'x');
  };

  it('is for terminals', () => {
    expect(painted({ isTTY: true })).toBe('\x1b[31mx\x1b[39m');
    expect(painted({ isTTY: false })).toBe('x');
  });

  it('is not for terminals that cannot or people who will not (https://no-color.org)', () => {
    expect(painted({ isTTY: true, environment: { NO_COLOR: '1' } })).toBe('x');
    expect(painted({ isTTY: true, environment: { NO_COLOR: '' } })).not.toBe('x');
    expect(painted({ isTTY: true, environment: { TERM: 'dumb' } })).toBe('x');
  });
});
