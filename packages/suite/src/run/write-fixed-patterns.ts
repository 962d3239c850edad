/** Asks a run by itself, for the report of a comparison, what it predicts without some of the modalities. */
import type { Engine } from '@interfuse/core';
import type { RunPlan } from '../experiment/plan.js';
import { evaluateFixedPatterns } from './evaluate-missing.js';
import type { MissingMatrix } from './missing-matrix.js';
import { OpenedBefore } from './opened-before.js';
import type { RunResult } from './result.js';
import type { RunData } from './run-data.js';
import { has, readJson, writeJson } from './run-folder.js';

/**
 * Writes `missing.json`, with the fixed patterns alone. A matrix of the same weights that is there stays.
 *
 * @throws RUN_INVALID if the run has no receipt, or `missing.json` is damaged; TEST_ALREADY_OPENED
 */
export async function writeFixedPatterns(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  asked: { readonly result: RunResult; readonly signal?: AbortSignal },
): Promise<void> {
  const { folder } = run;
  if (has(folder, 'missing')) {
    const { weights } = await readJson<MissingMatrix>(folder, 'missing');
    if (weights === asked.result.weights) return;
  }
  const matrix = await evaluateFixedPatterns(run, engine, data, await OpenedBefore.by(run), asked);
  if (matrix.cells.length > 1) await writeJson(folder, 'missing', matrix);
}
