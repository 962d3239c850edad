/** Checks that in evaluation a sample's prediction is its own: whatever the order and the company. */
import { takeRows, takeSamples } from '../batch-changes.js';
import { nonconformity } from '../claim.js';
import { difference } from '../compare.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import type { FusionClaim } from '../subject.js';
import { withTrial } from '../trial.js';

const tolerance = 1e-4;

export const batchClaims: readonly FusionClaim[] = [
  {
    name: 'a permuted batch gives permuted predictions',
    run: (subject) =>
      withTrial(subject, async ({ host, predict }) => {
        const batch = tinyBatch(host, { size: 4 });
        const order = [2, 0, 3, 1];
        const by = difference(await predict(takeSamples(batch, order)), takeRows(await predict(batch), order));
        if (by < tolerance) return;
        throw nonconformity(subject, {
          expected: 'predictions that move with their samples when a batch is reordered in evaluation',
          got: `a difference of ${by.toPrecision(2)}`,
          usualCause: 'a reshape that mixes the batch axis with another one; write the shape beside each reshape.',
        });
      }),
  },
  {
    name: 'a sample is predicted alone as in company',
    run: (subject) =>
      withTrial(subject, async ({ host, predict }) => {
        const batch = tinyBatch(host, { size: 4 });
        const together = await predict(batch);
        for (const sample of [0, 1, 2, 3]) {
          const by = difference(await predict(takeSamples(batch, [sample])), takeRows(together, [sample]));
          if (by < tolerance) continue;
          throw nonconformity(subject, {
            expected: 'the same prediction for a sample whatever else is in its batch, in evaluation',
            got: `a difference of ${by.toPrecision(2)} for sample ${sample} of 4`,
            usualCause: 'a mean over the batch, or batch statistics in evaluation; running statistics are `state`.',
          });
        }
      }),
  },
];
