/** Batches that are computed in pieces, for every strategy, on the engine that is the reference. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, HostTensors } from '@interfuse/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accumulated, everyStrategy, inPiecesOf, withRun, writeEveryStrategy } from '../../test/every-strategy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-pieces-'));
  await writeEveryStrategy(folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** Within 1e-5 of the largest entry, or of 1 if that is smaller. */
function expectClose(actual: HostTensors, expected: HostTensors): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [path, { data }] of Object.entries(expected)) {
    const scale = Math.max(...Array.from(data, Math.abs), 1);
    const worst = Math.max(...Array.from(data, (value, i) => Math.abs(value - (actual[path]?.data[i] as number))));
    expect(worst / scale, path).toBeLessThan(1e-5);
  }
}

describe('a batch of eight in pieces of three', () => {
  it.each(everyStrategy)('gives %s the losses, gradients and statistics of the whole batch', (strategy) =>
    withRun(folder, strategy, ['engine.use=cpu'], async (run, engine, batch) => {
      // Pieces with other numbers of known labels: the mean of their means would be something else.
      const known = Uint8Array.of(1, 0, 0, 1, 1, 1, 0, 1);
      const partly = { ...batch, 'labels/task/known': { ...batch['labels/task/known'], data: known } } as HostTensors;
      expectClose(await accumulated(inPiecesOf(3, run), engine, partly), await accumulated(run, engine, partly));
    }),
  );

  it('gives a language model that trains the same gradients, through its blocks and its head', () =>
    withRun(folder, 'deepmlf', ['engine.use=cpu', 'languageModel.options.train=all'], async (run, engine, batch) => {
      const whole = await accumulated(run, engine, batch);
      expect(Object.keys(whole)).toContain('gradients/languageModel/embedding/weight');
      expectClose(await accumulated(inPiecesOf(3, run), engine, batch), whole);
    }));

  it('draws random numbers of its own for every piece, the same going and coming back', () =>
    withRun(folder, 'unimodal', [], async (run, engine, batch) => {
      const steps: [name: string, step: number | undefined][] = [];
      const watched: Engine = {
        ...engine,
        createStore: () => engine.createStore(),
        compile(step, store) {
          const program = engine.compile(step, store);
          return {
            run(inputs) {
              steps.push([step.name, inputs.step?.data[0]]);
              return program.run(inputs);
            },
          };
        },
      };
      await accumulated(inPiecesOf(3, run), watched, batch);
      // Step 3 of batches of eight, three pieces to each.
      expect(steps.filter(([name]) => name !== 'conclude')).toEqual(
        ['read', 'return'].flatMap((name) => [9, 10, 11].map((step) => [name, step])),
      );
      expect(steps).toContainEqual(['conclude', 3]);
    }));

  it('is refused where the batch norm of an encoder lets samples meet, with a way out', async () => {
    const overrides = ['encoders.*.options.batchNorm=true', 'training.pieceSize=3'];
    await expect(withRun(folder, 'late', overrides, async () => undefined)).rejects.toMatchObject({
      code: 'PLUGIN_REQUIREMENT',
      place: 'training.pieceSize',
      remedy: expect.stringContaining('accumulate'),
    });
  });
});
