/** Checks that results follow from seed, step and variables alone, and survive being written to disk. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FusionModule, HostTensor, HostTensors, Store } from '@interfuse/core';
import { flattenLeaves } from '@interfuse/nn';
import { readAllTensors, writeSafetensors } from '@interfuse/safetensors';
import { nonconformity } from '../claim.js';
import { firstUnequal } from '../compare.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import { type FusionClaim, makeHost, makeModule, type Subject, tasksOf } from '../subject.js';
import { createTrial, type TrialOf, withTrial } from '../trial.js';
import { withEngine } from '../with-engine.js';

export const determinismClaims: readonly FusionClaim[] = [
  {
    name: 'the same seed gives the same bits, forward and backward, dropout included',
    async run(subject) {
      const twoSteps = async ({ host, differentiate, train }: TrialOf): Promise<HostTensors> => {
        const batch = tinyBatch(host, { size: 3 });
        await train(batch, 0);
        return differentiate(batch, 1);
      };
      const path = firstUnequal(await withTrial(subject, twoSteps), await withTrial(subject, twoSteps));
      if (path === undefined) return;
      throw nonconformity(subject, {
        expected: 'the same losses and gradients, bit by bit, from two trainings of the same seed',
        got: `two different values of ${path}`,
        usualCause: 'Math.random or tf.dropout; draw from `pass.random`, as dropout of @interfuse/nn does.',
      });
    },
  },
  {
    name: 'nothing is kept between calls',
    async run(subject) {
      const host = makeHost(subject);
      const module = await makeModule(subject, host);
      const batch = tinyBatch(host, { size: 3 });
      const calls = () =>
        withEngine(subject.engines[0], async (engine) => {
          const trial = await createTrial({ engine, module, task: tasksOf(subject)[0] });
          const outputs = { ...(await trial.evaluate(batch)), ...(await trial.differentiate(batch)) };
          await trial.train(tinyBatch(host, { size: 2, seed: 2 }), 1);
          trial.dispose();
          return outputs;
        });
      const path = firstUnequal(await calls(), await calls());
      if (path === undefined) return;
      throw nonconformity(subject, {
        expected: 'the same outputs from the same variables and inputs, whatever the module was called with before',
        got: `another value of ${path} after it had been called with another batch`,
        usualCause: 'a variable of the closure that forward changes; what changes is `state`, passed in and returned.',
      });
    },
  },
  {
    name: 'saved and loaded, it predicts the same',
    async run(subject) {
      const folder = await mkdtemp(join(tmpdir(), 'interfuse-conformance-'));
      const file = join(folder, 'weights.safetensors');
      try {
        const saved = await withTrial(subject, async ({ host, module, store, train, evaluate }) => {
          for (const step of [0, 1]) await train(tinyBatch(host, { size: 3 }), step);
          await save(file, store, module);
          return evaluate(tinyBatch(host, { size: 3, seed: 2 }));
        });
        const loaded = await withTrial(subject, async ({ host, store, evaluate }) => {
          await store.write(await load(file));
          return evaluate(tinyBatch(host, { size: 3, seed: 2 }));
        });
        reportLoss(subject, firstUnequal(saved, loaded));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  },
];

function reportLoss(subject: Subject, path: string | undefined): void {
  if (path === undefined) return;
  throw nonconformity(subject, {
    expected: 'the same outputs from a new module with the saved trainable parameters and state',
    got: `another value of ${path}`,
    usualCause: 'numbers that forward uses and no leaf declares, such as a random projection made in the factory.',
  });
}

/** What a checkpoint holds: trainable parameters and state. The rest is as the leaves declare it. */
async function save(file: string, store: Store, module: FusionModule): Promise<void> {
  const trainable = [...flattenLeaves(module.parameters, 'parameters')].filter(([, leaf]) => leaf.train);
  const paths = [...trainable.map(([path]) => path), ...flattenLeaves(module.state, 'state').keys()];
  const values = Object.entries(await store.read(paths));
  await writeSafetensors(file, Object.fromEntries(values.map(([path, { shape, data }]) => [path, { shape, data }])));
}

async function load(file: string): Promise<HostTensors> {
  const values = Object.entries(await readAllTensors(file));
  return Object.fromEntries(
    values.map(([path, tensor]): [string, HostTensor] => [path, { ...tensor, type: 'float32' }]),
  );
}
