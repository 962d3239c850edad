/** The test split of a run: it opens under a locked plan, once the weights are selected, against a receipt; from then on neither they nor the standardisation can change. */
import { type Dataset, InterfuseError, type Split, type TestReceipt } from '@interfuse/core';
import { bestWeightsFile } from '@interfuse/training/loop';
import { fileDigest } from '../experiment/file-digest.js';
import type { RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import type { OpenedBefore } from './opened-before.js';
import { has, pathOf, readJson, writeJson } from './run-folder.js';
import { statisticsFile } from './standardised-dataset.js';

/** What the test split opens for. */
export type TestKey = LockedPlan | OpenedBefore;

/**
 * @param dataset of the run, standardised as its checkpoint says
 * @throws PLAN_INVALID if the run is not part of the plan
 * @throws TEST_ALREADY_OPENED if the test split was opened for other weights than the selected ones, or another standardisation
 */
export async function openTest(
  run: RunPlan,
  dataset: Dataset,
  key: TestKey,
): Promise<{ split: Split; receipt: TestReceipt }> {
  const { folder, name } = run;
  if (key instanceof LockedPlan) key.require(run);
  const plan = key instanceof LockedPlan ? key.hash : key.plan;
  const receipt: TestReceipt = {
    run: name,
    checkpoint: await fileDigest(await bestWeightsFile(folder)),
    ...(dataset.standardisation === undefined ? {} : { standardisation: await fileDigest(statisticsFile(folder)) }),
    ...(plan === undefined ? {} : { plan }),
  };
  if (has(folder, 'receipt')) {
    const opened = await readJson<TestReceipt>(folder, 'receipt');
    const place = pathOf(folder, 'receipt');
    requireSame(place, 'weights', opened.checkpoint, receipt.checkpoint);
    requireSame(place, 'a standardisation', opened.standardisation, receipt.standardisation);
  } else {
    await writeJson(folder, 'receipt', receipt);
  }
  return { split: await dataset.openTest(receipt), receipt };
}

function requireSame(place: string, what: string, opened: string | undefined, now: string | undefined): void {
  if (opened === now) return;
  throw new InterfuseError('TEST_ALREADY_OPENED', {
    place,
    expected: `${what} with the SHA-256 ${opened ?? '(none)'}`,
    got: now ?? 'none',
    remedy: 'Delete the run folder to train anew.',
  });
}
