/** What a finished run has left behind. */
import type { Introspection } from '../introspection/introspection.js';
import { type Predictions, readPredictions } from './predictions.js';
import { type RunCost, type RunResult, readResult } from './result.js';
import { has, readJson } from './run-folder.js';

export interface RunOutcome {
  readonly result: RunResult;
  readonly cost: RunCost;
  /** On test. */
  readonly predictions: Predictions;
  /** Present where it has been looked inside, with the weights that it has. */
  readonly introspection?: Introspection;
}

/** @throws RUN_INVALID if a file is damaged, or of another run than that of this name */
export async function readOutcome(folder: string, name: string): Promise<RunOutcome> {
  const result = await readResult(folder, name);
  const cost = await readJson<RunCost>(folder, 'cost');
  const predictions = await readPredictions(folder, 'test');
  if (!has(folder, 'introspection')) return { result, cost, predictions };
  const introspection = await readJson<Introspection>(folder, 'introspection');
  const isOwn = introspection.weights === result.weights;
  return { result, cost, predictions, ...(isOwn ? { introspection } : {}) };
}
