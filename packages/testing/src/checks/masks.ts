/** Checks that only what is real counts: values under masks, the amount of padding, labels that are not known. */
import type { FusionModule, HostTensor } from '@interfuse/core';
import { fillUnderStreams, fillUnderText, forgetLabel } from '../batch-changes.js';
import { nonconformity } from '../claim.js';
import { difference, firstNotFinite, worstDifference } from '../compare.js';
import { tinyBatch, vocabularyOf } from '../mocks/tiny-batch.js';
import { type FusionClaim, makeHost, makeModule } from '../subject.js';
import { withTrial } from '../trial.js';

/** Sums may be taken in another order; more than that is a leak. */
const tolerance = 1e-4;

export const maskClaims: readonly FusionClaim[] = [
  {
    name: 'masks are the default',
    async run(subject) {
      const byDefault = { ...subject, options: {} };
      if ((await makeModule(byDefault, makeHost(byDefault))).faithful === undefined) return;
      throw nonconformity(subject, {
        expected: 'a strategy that keeps the masks unless an option asks for a published model that does not',
        got: '`faithful` with the default options',
        usualCause: 'a default that follows a published program; let the masks be the default and that an option.',
      });
    },
  },
  {
    name: 'values under a mask never matter',
    run: (subject) =>
      withTrial(subject, async (trial) => {
        if (isFaithful(trial.module)) return;
        const batch = tinyBatch(trial.host, { size: 3 });
        const clean = await trial.predict(batch);
        const texts = await trial.predict(fillUnderText(batch, vocabularyOf(trial.host)));
        const streams = await trial.predict(fillUnderStreams(batch));
        const cleanLoss = await trial.differentiate(batch);
        const filledLoss = await trial.differentiate(fillUnderStreams(batch));
        const changes = {
          'the prediction, by the pads of the text': difference(texts, clean),
          'the prediction, by the padding of the streams': difference(streams, clean),
          'the training loss, by the padding of the streams': difference(
            filledLoss.loss as HostTensor,
            cleanLoss.loss as HostTensor,
          ),
        };
        const [what, by] = largest(changes);
        if (by < tolerance) return;
        throw nonconformity(subject, {
          expected: 'the same numbers whatever lies where a mask is false',
          got: `a change of ${what}: ${by.toPrecision(2)}`,
          usualCause: 'a mean or an attention without the mask, or 0 * x where zeroMasked is needed.',
        });
      }),
  },
  {
    name: 'the amount of padding never matters',
    applies: ({ plugin }) => plugin.padding === 'invariant',
    run: (subject) =>
      withTrial(subject, async (trial) => {
        if (isFaithful(trial.module)) return;
        const full = await trial.predict(tinyBatch(trial.host, { size: 3 }));
        const tight = await trial.predict(tinyBatch(trial.host, { size: 3, padding: 'tight' }));
        const by = difference(tight, full);
        if (by < tolerance) return;
        throw nonconformity(subject, {
          expected: 'the same predictions with little and with much padding, as `padding: "invariant"` declares',
          got: `a change of ${by.toPrecision(2)}`,
          usualCause:
            'a division by the padded length; divide by the number of real steps, or declare `padding: "fixed"`.',
        });
      }),
  },
  {
    name: 'a label that is not known teaches nothing',
    run: (subject) =>
      withTrial(subject, async (trial) => {
        const batch = tinyBatch(trial.host, { size: 3 });
        const [one, other] = [
          await trial.differentiate(forgetLabel(batch, 1, 0)),
          await trial.differentiate(forgetLabel(batch, 1, 2)),
        ];
        const none = [0, 1, 2].reduce((forgetful, sample) => forgetLabel(forgetful, sample, 0), batch);
        const strange = firstNotFinite(await trial.differentiate(none));
        if (strange !== undefined) {
          throw nonconformity(subject, {
            expected: 'a finite loss for a batch of which no label is known',
            got: `NaN or an infinity in ${strange}`,
            usualCause: 'a division by the number of known labels; take at least 1, as weightedMean does.',
          });
        }
        const worst = worstDifference(one, other);
        if (worst.difference < tolerance) return;
        throw nonconformity(subject, {
          expected: 'a loss that leaves out samples whose label is not known',
          got: `a change of ${worst.path} by ${worst.difference.toPrecision(2)} with the value of such a label`,
          usualCause:
            '`losses` reads `labels.task.values` and not `labels.task.known`; taskLoss of @interfuse/nn reads both.',
        });
      }),
  },
];

const isFaithful = ({ faithful = '' }: FusionModule): boolean => faithful.trim() !== '';

function largest(changes: { readonly [what: string]: number }): readonly [string, number] {
  return Object.entries(changes).reduce((worst, each) => (each[1] > worst[1] ? each : worst));
}
