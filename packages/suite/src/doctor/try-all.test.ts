import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineEngine, type EnginePlugin, InterfuseError } from '@interfuse/core';
import { cpu } from '@interfuse/engine-tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findingsTable } from '../commands/doctor.js';
import { startTrialProcess, type TrialProcess } from './trial-process.js';
import { tryAll } from './try-all.js';
import { tryEngine } from './try-engine.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-doctor-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** An engine that does not start. */
const failing = (error: Error) =>
  defineEngine({
    ...{ id: 'failing', version: '1.0.0', apiVersion: 1, title: 'Failing', summary: 'Does not start.' },
    options: { type: 'object', additionalProperties: false, properties: {} },
    load: async () => () => Promise.reject(error),
  }) as EnginePlugin;

const noDetails = { place: 'engine failing', expected: 'a library', got: 'none', remedy: 'Install it.' };

describe('an engine that is tried', () => {
  it('is fine if it computes what is known', async () => {
    expect(await tryEngine(cpu as EnginePlugin, {}, silent)).toEqual({
      verdict: 'ok',
      details: 'backend cpu, tensorflowjs 4.22.0, simd false, threads 1',
    });
  });

  it('is absent if what it needs is, and fails if that does not work', async () => {
    const absent = failing(new InterfuseError('ENGINE_ABSENT', noDetails));
    expect(await tryEngine(absent, {}, silent)).toEqual({ verdict: 'absent', details: 'none', toDo: 'Install it.' });
    const unavailable = failing(new InterfuseError('ENGINE_UNAVAILABLE', noDetails));
    expect(await tryEngine(unavailable, {}, silent)).toEqual({
      verdict: 'fails',
      details: 'ENGINE_UNAVAILABLE: expected a library; got none',
      toDo: 'Install it.',
    });
    expect(await tryEngine(failing(new Error('no such file\nstack')), {}, silent)).toEqual({
      verdict: 'fails',
      details: 'no such file',
    });
  });
});

describe('the process in which engines are tried', () => {
  async function outcomeOf(code: string, patience?: number) {
    const entry = join(folder, 'trial.cjs');
    await writeFile(entry, `process.on('message', () => { ${code} });`);
    const trial = startTrialProcess(entry, patience);
    const outcome = await trial.try({ id: 'x', variant: {} });
    trial.end();
    return outcome;
  }

  it('may be taken along by a native library', async () => {
    expect(await outcomeOf("console.error('Illegal instruction'); process.kill(process.pid, 'SIGABRT')")).toEqual({
      verdict: 'fails',
      details: 'the process that tried it was ended by SIGABRT: Illegal instruction',
    });
    expect(await outcomeOf('process.exit(3)')).toMatchObject({
      details: 'the process that tried it ended with exit code 3',
    });
  });

  it('may never answer', async () => {
    expect(await outcomeOf('setInterval(() => {}, 1000)', 300)).toMatchObject({
      verdict: 'fails',
      details: 'the process that tried it did not answer in time',
    });
  });

  it('names the library that the linker did not find, which the error leaves out', async () => {
    const printed = 'libcudnn.so.9: cannot open shared object file: No such file or directory';
    expect(
      await outcomeOf(`console.error('${printed}'); process.send({ verdict: 'fails', details: 'Failed to load' })`),
    ).toEqual({ verdict: 'fails', details: 'Failed to load; libcudnn.so.9 is not found' });
  });
});

describe('all engines', () => {
  const engine = (id: string, providers?: readonly string[]) =>
    ({
      kind: 'engine',
      id,
      options: { properties: providers ? { provider: { enum: providers } } : {} },
    }) as EnginePlugin;

  it('are tried on every provider, and what fails beside others again by itself', async () => {
    const started: string[][] = [];
    const start = (): TrialProcess => {
      const asked: string[] = [];
      started.push(asked);
      return {
        get tried() {
          return asked.length;
        },
        async try({ id, variant: { provider = '' } }) {
          asked.push(id + provider);
          const isDisturbed = id === 'shy' && asked.length > 1;
          return { verdict: isDisturbed || id === 'broken' ? 'fails' : 'ok', details: provider };
        },
        end: () => undefined,
      };
    };
    const engines = [engine('one', ['a', 'b']), engine('shy'), engine('broken'), engine('last')];
    expect(await tryAll(engines, 1, start)).toEqual([
      { what: 'engine one, a', verdict: 'ok', details: 'a' },
      { what: 'engine one, b', verdict: 'ok', details: 'b' },
      { what: 'engine shy', verdict: 'ok', details: '' },
      { what: 'engine broken', verdict: 'fails', details: '' },
      { what: 'engine last', verdict: 'ok', details: '' },
    ]);
    expect(started).toEqual([['onea', 'oneb', 'shy'], ['shy', 'broken'], ['broken'], ['last']]);
  });
});

describe('the table', () => {
  it('stays within the terminal, and breaks no command', () => {
    const text = findingsTable(
      [
        {
          what: 'engine x',
          verdict: 'absent',
          details: 'not there',
          toDo: 'To get it, run `npm install --no-save a@1` in the folder of the project, and wait until it is done.',
        },
        { what: 'engine y', verdict: 'fails', details: 'broken' },
      ],
      60,
    );
    expect(text.split('\n').slice(2)).toEqual([
      'absent  engine x  not there',
      '                  → To get it, run',
      '                  `npm install --no-save a@1` in the folder',
      '                  of the project, and wait until it is done.',
      'FAILS   engine y  broken',
    ]);
  });
});
