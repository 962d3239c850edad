/** Checks of samples that lack modalities. */
import type { HostTensors } from '@interfuse/core';
import { nonconformity } from '../claim.js';
import { firstNotFinite, largestMagnitude } from '../compare.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import type { FusionClaim } from '../subject.js';
import { type TrialOf, withTrial } from '../trial.js';

const modalitiesOf = ({ host }: TrialOf): string[] => ['text', ...Object.keys(host.streams)];

const outputs = async (trial: TrialOf, batch: HostTensors): Promise<HostTensors> => ({
  ...(await trial.evaluate(batch)),
  ...(await trial.differentiate(batch)),
});

export const missingClaims: readonly FusionClaim[] = [
  {
    name: 'a sample that lacks a modality gets finite numbers, forward and backward',
    run: (subject) =>
      withTrial(subject, async (trial) => {
        for (const modality of modalitiesOf(trial)) {
          const absent = (sample: number): string[] => (sample === 1 ? [modality] : []);
          const strange = firstNotFinite(await outputs(trial, tinyBatch(trial.host, { size: 3, absent })));
          if (strange === undefined) continue;
          throw nonconformity(subject, {
            expected: `finite numbers for a sample without ${modality}: the manifest says what happens then (missing: "${subject.plugin.missing}")`,
            got: `NaN or an infinity in ${strange}`,
            usualCause: 'a mean over no real step, or a softmax over no allowed key; maskedMean and attend give zeros.',
          });
        }
      }),
  },
  {
    name: 'nothing at all gives finite numbers, never NaN',
    run: (subject) =>
      withTrial(subject, async (trial) => {
        const absent = (): string[] => modalitiesOf(trial);
        const strange = firstNotFinite(await outputs(trial, tinyBatch(trial.host, { size: 2, absent })));
        if (strange === undefined) return;
        throw nonconformity(subject, {
          expected: 'finite numbers even where every key of every modality is masked',
          got: `NaN or an infinity in ${strange}`,
          usualCause: 'a quotient by the number of real steps, which can be zero; take at least 1, as maskedMean does.',
        });
      }),
  },
  {
    name: 'a learned token stands in for what is absent',
    applies: ({ plugin }) => plugin.missing === 'absent-token',
    run: (subject) =>
      withTrial(subject, async (trial) => {
        const complete = await trial.differentiate(tinyBatch(trial.host, { size: 3 }));
        const absent = (sample: number): string[] => modalitiesOf(trial).slice(sample, sample + 1);
        const lacking = await trial.differentiate(tinyBatch(trial.host, { size: modalitiesOf(trial).length, absent }));
        const magnitude = (found: HostTensors, path: string): number => {
          const gradient = found[path];
          return gradient ? largestMagnitude(gradient) : 0;
        };
        const tokens = Object.keys(lacking).filter(
          (path) => path.startsWith('gradients/') && magnitude(lacking, path) > 0 && magnitude(complete, path) === 0,
        );
        if (tokens.length > 0) return;
        throw nonconformity(subject, {
          expected:
            'a trainable leaf that counts only where a modality is absent, as `missing: "absent-token"` declares',
          got: 'no leaf whose gradient is zero for complete samples and not zero for others',
          usualCause: 'a strategy that masks what is absent: declare `missing: "mask"`.',
        });
      }),
  },
];
