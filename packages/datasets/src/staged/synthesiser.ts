/** The speech synthesiser espeak-ng, as a program that is installed beside; only generating needs it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { readWav, type Sound } from '@interfuse/features';

export interface Prosody {
  /** In percent of the usual. */
  readonly rate: number;
  readonly pitch: number;
  readonly range: number;
}

/** A text, or parts of one with a pause between any two: of so many milliseconds, or such as the synthesiser makes it. */
export type Said = string | { readonly parts: readonly string[]; readonly between: number | 'weak' };

export interface Synthesiser {
  /** `1.51`: the same version speaks the same samples. */
  readonly version: string;
  speak(said: Said, voice: string, prosody: Prosody): Sound;
  /** Removes its temporary folder. */
  close(): void;
}

const program = 'espeak-ng';
const wordsPerMinute = 250;

/** @throws TOOL_NOT_FOUND if espeak-ng is not installed */
export function openSynthesiser(): Synthesiser {
  const version = versionOfSynthesiser();
  if (version === undefined) {
    throw new InterfuseError('TOOL_NOT_FOUND', {
      place: 'generating the dataset "staged"',
      expected: `the speech synthesiser ${program}`,
      got: 'no such program',
      remedy: `Install it (Debian: apt-get install ${program}). Reading the dataset does not need it.`,
    });
  }
  const folder = mkdtempSync(join(tmpdir(), 'interfuse-speech-'));
  const file = join(folder, 'spoken.wav');

  function speak(said: Said, voice: string, { rate, pitch, range }: Prosody): Sound {
    const attributes = `rate="${rate}%" pitch="${pitch}%" range="${range}%"`;
    const ssml = `<speak><prosody ${attributes}>${ssmlOf(said)}</prosody></speak>`;
    execFileSync(program, ['-m', '-v', voice, '-s', String(wordsPerMinute), '-w', file, ssml], { stdio: 'pipe' });
    return readWav(readFileSync(file), file);
  }

  return { version, speak, close: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Of the synthesiser that is installed; undefined if there is none. */
export function versionOfSynthesiser(): string | undefined {
  try {
    const output = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return /text-to-speech: (\S+)/.exec(output)?.[1];
  } catch {
    return undefined;
  }
}

function ssmlOf(said: Said): string {
  if (typeof said === 'string') return escapeXml(said);
  const { parts, between } = said;
  const pause = between === 'weak' ? '<break strength="weak"/>' : `<break time="${between}ms"/>`;
  return parts.map(escapeXml).join(` ${pause}`);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
