/** That a run has opened its test split already: it may look at it again, with the weights of its receipt. */
import { InterfuseError, type TestReceipt } from '@interfuse/core';
import type { RunPlan } from '../experiment/plan.js';
import { pathOf, readJson, runFiles } from './run-folder.js';

export class OpenedBefore {
  // A private property: no other object passes for it.
  private constructor(private readonly receipt: TestReceipt) {}

  /** Hash of the plan that the test split was opened under; absent for a run from before plans were locked. */
  get plan(): string | undefined {
    return this.receipt.plan;
  }

  /** @throws RUN_INVALID if the run has no receipt, or that of another */
  static async by({ folder, name }: Pick<RunPlan, 'folder' | 'name'>): Promise<OpenedBefore> {
    const receipt = await readJson<TestReceipt>(folder, 'receipt');
    if (receipt.run === name) return new OpenedBefore(receipt);
    throw new InterfuseError('RUN_INVALID', {
      place: pathOf(folder, 'receipt'),
      expected: `the receipt of ${name} in ${runFiles.receipt}`,
      got: `that of ${receipt.run}`,
    });
  }
}
