/** Options of sbatch as they are written on the command line. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSlurmOptions } from './options.js';
import { requireSlurm } from './programs.js';

describe('options of sbatch', () => {
  it('are words, with the quotes of a shell', () => {
    expect(readSlurmOptions('')).toEqual([]);
    expect(readSlurmOptions('  --partition=cpu -t 2:00:00\t--mem=8G ')).toEqual([
      '--partition=cpu',
      '-t',
      '2:00:00',
      '--mem=8G',
    ]);
    expect(readSlurmOptions(`--comment="one of many" --constraint='a&b'c`)).toEqual([
      '--comment=one of many',
      '--constraint=a&bc',
    ]);
  });

  it.each(['"--mem=8G', "--comment='a b"])('have quotes that close: %s', (text) => {
    expect(() => readSlurmOptions(text)).toThrow(/COMMAND_USAGE[\s\S]*quotes that close/);
  });

  it.each(['--array=0-3', '-a0-3', '-d afterok:1', '--output=x', '--wrap=ls', '--wait'])(
    'leave %s to the launcher',
    (text) => {
      expect(() => readSlurmOptions(text)).toThrow(/COMMAND_USAGE[\s\S]*the launcher sets it/);
    },
  );

  it('may be any others', () => {
    expect(readSlurmOptions('--no-requeue -A lab --gres=gpu:1')).toHaveLength(4);
  });
});

describe('a machine without Slurm', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is told what is missing and what to do', () => {
    vi.stubEnv('PATH', import.meta.dirname);
    expect(() => requireSlurm('--launcher slurm')).toThrow(
      /TOOL_NOT_FOUND[\s\S]*got +no sbatch, no squeue, no scancel\n[\s\S]*a login node/,
    );
  });
});
