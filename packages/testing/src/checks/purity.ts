/** Checks that forward is pure: it reads no value back, changes nothing that it was given, and hands state on. */
import type { FusionModule } from '@interfuse/core';
import { flattenLeaves } from '@interfuse/nn';
import { nonconformity } from '../claim.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import type { FusionClaim, Subject } from '../subject.js';
import { type TrialOf, withTrial } from '../trial.js';
import { freeze, holdsDisposed, isFrozenError, noticingReads } from '../watch-calls.js';

type Member = 'forward' | 'losses' | 'afterStep';

export const purityClaims: readonly FusionClaim[] = [
  {
    name: 'it reads no value back',
    async run(subject) {
      const reads = new Set<Member>();
      const change = (module: FusionModule): FusionModule =>
        aroundCalls(module, (member, call) => noticingReads(call, () => reads.add(member)));
      try {
        await withTrial(subject, callEverything, { change });
      } catch (error) {
        // A compiling engine has no value to read, and says so itself.
        if (reads.size === 0) throw error;
      }
      if (reads.size === 0) return;
      throw nonconformity(subject, {
        expected: 'tensor operations only, so that a compiling engine can trace the program once',
        got: `values read back in ${[...reads].join(' and ')}`,
        usualCause: 'dataSync, arraySync or an `if` on a number from a tensor; choose between values with tf.where.',
      });
    },
  },
  {
    name: 'it leaves its inputs as they are',
    async run(subject) {
      const disposed = new Set<Member>();
      const change = (module: FusionModule): FusionModule =>
        aroundCalls(module, (member, call, args) => {
          for (const given of args) freeze(given);
          const result = call();
          if (args.some(holdsDisposed)) disposed.add(member);
          return result;
        });
      try {
        await withTrial(subject, callEverything, { change });
      } catch (error) {
        if (disposed.size === 0 && !isFrozenError(error)) throw error;
        if (disposed.size === 0) throw changedInputs(subject, (error as Error).message, error);
      }
      if (disposed.size > 0) throw changedInputs(subject, `inputs disposed of in ${[...disposed].join(' and ')}`);
    },
  },
  {
    name: 'state comes back as declared, that of the encoders advanced',
    run: (subject) =>
      withTrial(subject, async ({ host, module, store, train }) => {
        await train(tinyBatch(host, { size: 3 }), 0);
        // The kit's encoders count their training passes in a leaf of this name.
        const counters = [...flattenLeaves(module.state, 'state').keys()].filter((path) => path.endsWith('/passes'));
        const counts = await store.read(counters);
        const still = counters.find((path) => counts[path]?.data[0] !== 1);
        if (still === undefined) return;
        throw nonconformity(subject, {
          expected: 'the state that encoders return, handed on by forward',
          got: `${still} still at its start after a training pass`,
          usualCause: '`state: before` where what encodeStreams returned belongs.',
        });
      }),
  },
];

async function callEverything({ host, evaluate, differentiate }: TrialOf): Promise<void> {
  const batch = tinyBatch(host, { size: 2 });
  await evaluate(batch);
  await differentiate(batch);
}

function changedInputs(subject: Subject, got: string, cause?: unknown): Error {
  return nonconformity(subject, {
    expected: 'params, state, batch and pass left as they were given: others read them, too',
    got,
    usualCause:
      'an assignment to `batch.streams[...]` or a `dispose()`; make a new record, and leave tensors to the engine.',
    cause,
  });
}

/** The same module with `around` about every call of its functions. */
function aroundCalls(
  module: FusionModule,
  around: <R>(member: Member, call: () => R, args: readonly unknown[]) => R,
): FusionModule {
  const { forward, losses, afterStep } = module;
  return {
    ...module,
    forward: (...args) => around('forward', () => forward(...args), args),
    ...(losses ? { losses: (...args) => around('losses', () => losses(...args), args) } : {}),
    ...(afterStep ? { afterStep: (...args) => around('afterStep', () => afterStep(...args), args) } : {}),
  };
}
