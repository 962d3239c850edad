/** Asks a run by itself, for the report of a comparison, whether its gain is cross-modal. */
import type { Engine } from '@interfuse/core';
import { rankingColumn } from '../comparison/ranking-column.js';
import type { RunPlan } from '../experiment/plan.js';
import { OpenedBefore } from '../run/opened-before.js';
import type { RunResult } from '../run/result.js';
import type { RunData } from '../run/run-data.js';
import { has, readJson, writeJson } from '../run/run-folder.js';
import type { Emap } from './emap.js';
import { evaluateEmap } from './evaluate-emap.js';

/**
 * Writes `emap.json`, with the fewest pairings that there may be. One of the same weights that is there stays, and where
 * there are no two modalities to swap nothing is asked.
 *
 * @throws RUN_INVALID if the run has no receipt, or `emap.json` is damaged; what `evaluateEmap` throws
 */
export async function writeEmap(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  asked: { readonly result: RunResult; readonly signal?: AbortSignal },
): Promise<void> {
  const { folder, strategy } = run;
  const { result } = asked;
  if (has(folder, 'emap')) {
    const { weights } = await readJson<Emap>(folder, 'emap');
    if (weights === result.weights) return;
  }
  const { source } = await data.valid();
  if (source.modalities.length < 2) return;
  const column = rankingColumn(strategy.metrics.columns, result.selected.column);
  await writeJson(
    folder,
    'emap',
    await evaluateEmap(run, engine, data, await OpenedBefore.by(run), { ...asked, column }),
  );
}
