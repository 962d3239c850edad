/** What trains in the language model, for every strategy: nothing that is kept for a frozen one may be kept then. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostTensor, HostTensors, Store } from '@interfuse/core';
import { flattenLeaves } from '@interfuse/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accumulated, everyStrategy, withRun, writeEveryStrategy } from '../../test/every-strategy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-backbone-'));
  await writeEveryStrategy(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const prefixes = (batch: HostTensors) => Object.keys(batch).filter((path) => path.startsWith('text/prefix/'));

/** B of every addition is zero at first, and A has no gradient then. */
async function awaken(store: Store): Promise<void> {
  const values = await store.read(store.paths.filter((path) => /^parameters\/.*\/lora\/up$/.test(path)));
  const awake = Object.entries(values).map(([path, tensor]): [string, HostTensor] => [
    path,
    { ...tensor, data: Float32Array.from(tensor.data, (_, i) => 0.1 * Math.sin(i)) },
  ]);
  await store.write(Object.fromEntries(awake));
}

describe.each([
  // Seven projections with two matrices each; or they and two norms.
  { train: 'lora', leaves: 14 },
  { train: 'last:5', leaves: 9 },
  { train: 'all', leaves: 9 },
])('a language model with train: $train', ({ train, leaves }) => {
  it.each(everyStrategy)('is read anew in every step of %s, and gradients reach its first block', (strategy) =>
    withRun(folder, strategy, [`languageModel.options.train=${train}`], async (run, engine, batch) => {
      expect(prefixes(batch)).toEqual([]);
      const paths = [...flattenLeaves(run.strategy.module.parameters)]
        .filter(([path, leaf]) => leaf.train && path.startsWith('languageModel/blocks/0/'))
        .map(([path]) => `gradients/${path}`);
      expect(paths.length).toBe(leaves);
      const found = await accumulated(run, engine, batch, awaken);
      expect(paths.filter((path) => !found[path]?.data.some((value) => value !== 0))).toEqual([]);
    }),
  );
});

it.each(everyStrategy.filter((strategy) => strategy !== 'early'))(
  'a frozen language model is read once for all steps of %s',
  (strategy) => withRun(folder, strategy, [], async (_, __, batch) => expect(prefixes(batch)).not.toEqual([])),
);
