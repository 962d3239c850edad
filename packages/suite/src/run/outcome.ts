/** What a finished run has left behind. */
import type { Emap } from '../emap/emap.js';
import type { Introspection } from '../introspection/introspection.js';
import type { MissingMatrix } from './missing-matrix.js';
import { type Predictions, readPredictions } from './predictions.js';
import { type RunCost, type RunResult, readResult } from './result.js';
import { has, type RunFile, readJson } from './run-folder.js';

export interface RunOutcome {
  readonly result: RunResult;
  readonly cost: RunCost;
  /** On test. */
  readonly predictions: Predictions;
  /** Present where it has been looked inside, with the weights that it has. */
  readonly introspection?: Introspection;
  /** Where it was asked for, with these weights. */
  readonly missing?: MissingMatrix;
  /** Where it was asked for, with these weights. */
  readonly emap?: Emap;
}

/** @throws RUN_INVALID if a file is damaged, or of another run than that of this name */
export async function readOutcome(folder: string, name: string): Promise<RunOutcome> {
  const result = await readResult(folder, name);
  const introspection = await readIfOwn<Introspection>(folder, 'introspection', result);
  const missing = await readIfOwn<MissingMatrix>(folder, 'missing', result);
  const emap = await readIfOwn<Emap>(folder, 'emap', result);
  return {
    result,
    cost: await readJson<RunCost>(folder, 'cost'),
    predictions: await readPredictions(folder, 'test'),
    ...(introspection && { introspection }),
    ...(missing && { missing }),
    ...(emap && { emap }),
  };
}

/** Nothing if it was never asked for, or of other weights. */
async function readIfOwn<T extends { readonly weights: string }>(
  folder: string,
  file: RunFile,
  { weights }: RunResult,
): Promise<T | undefined> {
  if (!has(folder, file)) return undefined;
  const found = await readJson<T>(folder, file);
  return found.weights === weights ? found : undefined;
}
