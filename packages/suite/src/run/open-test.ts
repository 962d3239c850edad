/** The test split of a run: it opens once the weights are selected, against a receipt; from then on they cannot change. */
import { type Dataset, InterfuseError, type Split, type TestReceipt } from '@interfuse/core';
import { bestWeightsFile } from '@interfuse/training/loop';
import { fileDigest } from '../experiment/file-digest.js';
import type { RunPlan } from '../experiment/plan.js';
import { has, pathOf, readJson, writeJson } from './run-folder.js';

/**
 * @param dataset of the run, standardised as its checkpoint says
 * @throws TEST_ALREADY_OPENED if the test split was opened for other weights than the selected ones
 */
export async function openTest(
  { folder, name }: RunPlan,
  dataset: Dataset,
): Promise<{ split: Split; receipt: TestReceipt }> {
  const receipt: TestReceipt = { run: name, checkpoint: await fileDigest(await bestWeightsFile(folder)) };
  if (has(folder, 'receipt')) {
    const opened = await readJson<TestReceipt>(folder, 'receipt');
    if (opened.checkpoint !== receipt.checkpoint) {
      throw new InterfuseError('TEST_ALREADY_OPENED', {
        place: pathOf(folder, 'receipt'),
        expected: `weights with the SHA-256 ${opened.checkpoint}`,
        got: receipt.checkpoint,
        remedy: 'Delete the run folder to train anew.',
      });
    }
  } else {
    await writeJson(folder, 'receipt', receipt);
  }
  return { split: await dataset.openTest(receipt), receipt };
}
