/**
 * A comparison that is killed at a random moment, alone or with its workers, ends when it is run again, with the bytes of
 * one that was left alone; and so do two that work in the same folder at once. `npm run torture` kills more often.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeSmallExperiment } from '../packages/suite/test/small-experiment.js';
import { interfuse, startInterfuse } from './support/interfuse.js';

/** Every second one kills the workers, too. */
const kills = Number(process.env.INTERFUSE_TORTURE ?? 2);
const perKillMilliseconds = 120_000;

const argsFor = (output: string) => ['compare', 'config.json', `output=${output}`, '--jobs', '2', '--quiet'];

let folder: string;
let undisturbed: Readonly<Record<string, string>>;
let duration: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-torture-'));
  await writeSmallExperiment(folder, {
    engine: 'cpu',
    fusion: ['audio', 'vision'].map((modality) => ({ use: 'unimodal', options: { modality } })),
    training: { epochs: 4, batchSize: 8 },
  });
  const began = performance.now();
  expect(await interfuse(argsFor('whole'), folder)).toMatchObject({ code: 0, error: '' });
  duration = performance.now() - began;
  undisturbed = await resultsIn('whole');
  expect(Object.keys(undisturbed)).toHaveLength(2 * 4 + 1);
}, perKillMilliseconds);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Of every run result and predictions, and the report. */
async function resultsIn(output: string): Promise<Record<string, string>> {
  const names = await readdir(join(folder, output), { recursive: true });
  const wanted = names.filter((name) => /(result\.json|predictions\.csv|comparison\.json)$/.test(name)).sort();
  const files = wanted.map(async (name) => [
    // The report of a command line with overrides is named by its runs.
    name,
    await readFile(join(folder, output, name), 'utf8'),
  ]);
  return Object.fromEntries(await Promise.all(files));
}

it(
  `killed at ${kills} random moments, it ends when it is run again, with the same bytes`,
  async () => {
    for (let kill = 0; kill < kills; kill += 1) {
      const output = `killed-${kill}`;
      const withWorkers = kill % 2 === 0;
      const moment = Math.random() * duration;
      const what = `killed ${withWorkers ? 'with its workers' : 'alone'} after ${Math.round(moment)} ms`;
      const started = startInterfuse(argsFor(output), folder, {}, true);
      const ended = await Promise.race([started.end, pause(moment)]);
      const { pid } = started.process;
      if (ended === undefined && pid !== undefined) process.kill(withWorkers ? -pid : pid, 'SIGKILL');
      await started.end;
      const again = await interfuse(argsFor(output), folder);
      expect(again.code, `${what}: ${again.error}`).toBe(0);
      expect(await resultsIn(output), what).toEqual(undisturbed);
      await rm(join(folder, output), { recursive: true });
    }
  },
  kills * perKillMilliseconds,
);

it('twice at once in the same folder, both end with the same bytes', async () => {
  const both = await Promise.all([interfuse(argsFor('shared'), folder), interfuse(argsFor('shared'), folder)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both[0]?.out).toContain('Report: ');
  expect(await resultsIn('shared')).toEqual(undisturbed);
});
