/** Checks of the shapes that go in and out. */
import { type FusionModule, type HostTensor, type Output, type Task, taskOutputs } from '@interfuse/core';
import { nonconformity } from '../claim.js';
import { firstNotFinite } from '../compare.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import { type FusionClaim, type Subject, tasksOf } from '../subject.js';
import { type TrialOf, withTrial } from '../trial.js';

export const shapeClaims: readonly FusionClaim[] = [
  {
    name: 'batches of one and of three give finite predictions of the declared shape, for every task',
    async run(subject) {
      for (const task of tasksOf(subject)) {
        await withTrial(subject, (trial) => checkPredictions(subject, trial, task), { task });
      }
    },
  },
  {
    name: 'what is there to be inspected has a name for every axis',
    async run(subject) {
      const wrong: string[] = [];
      const change = (module: FusionModule): FusionModule =>
        observe(module, ({ inspect = {} }) => {
          for (const [name, { values, axes }] of Object.entries(inspect)) {
            if (values.rank !== axes.length)
              wrong.push(`${name}, [${values.shape.join(', ')}] with ${axes.length} names`);
          }
        });
      await withTrial(subject, async ({ host, evaluate }) => void (await evaluate(tinyBatch(host, { size: 2 }))), {
        change,
      });
      if (wrong.length === 0) return;
      throw nonconformity(subject, {
        expected: 'one name of an axis for each dimension of an inspected tensor',
        got: wrong.join('; '),
        usualCause: 'an axis that was squeezed or added after the names had been written.',
      });
    },
  },
];

async function checkPredictions(subject: Subject, trial: TrialOf, task: Task): Promise<void> {
  for (const size of [1, 3]) {
    const batch = tinyBatch(trial.host, { size });
    const { shape, type } = await trial.predict(batch);
    const expected = `float32 [${size}, ${taskOutputs(task)}]`;
    const got = `${type} [${shape.join(', ')}]`;
    if (got !== expected) {
      throw nonconformity(subject, {
        expected: `predictions ${expected} for a batch of ${size} in ${task.kind}`,
        got,
        usualCause: 'tf.squeeze without an axis, which also drops a batch of one; or a head of a fixed width.',
      });
    }
    const outputs = { ...(await trial.evaluate(batch)), ...(await trial.differentiate(batch)) };
    const path = firstNotFinite(outputs);
    if (path === undefined) continue;
    throw nonconformity(subject, {
      expected: `finite outputs and gradients for a batch of ${size}, in evaluation and in training`,
      got: `${String(firstStrange(outputs[path] as HostTensor))} in ${path}`,
      usualCause: 'a variance over a batch of one, or a division by a count that can be zero.',
    });
  }
}

function firstStrange({ data }: HostTensor): number | undefined {
  return [...data].find((value) => !Number.isFinite(value));
}

/** The same module; `see` gets every output of its forward. */
function observe(module: FusionModule, see: (output: Output) => void): FusionModule {
  return {
    ...module,
    forward(...args) {
      const result = module.forward(...args);
      see(result.output);
      return result;
    },
  };
}
