/** `result.json`: what a run found out. It holds no times and no paths: the same run gives the same bytes. */
import { type FusionAdaptation, InterfuseError, type Options, type StreamControl } from '@interfuse/core';
import type { ParameterCounts } from '../experiment/parameter-counts.js';
import type { TagFigures } from './by-tag.js';
import type { FlopCounts } from './flop-counts.js';
import { pathOf, readJson } from './run-folder.js';

export type Figures = { readonly [column: string]: number };

export interface RunResult {
  readonly format: 1;
  readonly run: string;
  readonly strategy: {
    readonly id: string;
    readonly version: string;
    readonly options: Options;
    readonly adaptation: FusionAdaptation;
    readonly control: StreamControl;
  };
  readonly seed: number;
  readonly data: { readonly name: string; readonly digest: string };
  readonly engine: string;
  readonly parameters: ParameterCounts;
  /** Absent for a strategy that only eager engines can run, and in results of before they were counted. */
  readonly flops?: FlopCounts;
  /** Epochs that were trained. */
  readonly epochs: number;
  /** The epoch that validation chose, from 0, with the figure that chose it. */
  readonly selected: { readonly epoch: number; readonly column: string; readonly value: number };
  /** SHA-256 of the selected weights. */
  readonly weights: string;
  readonly valid: Figures;
  readonly test: Figures;
  /** On test, for each tag that a sample of it carries; absent if none does. */
  readonly byTag?: { readonly [tag: string]: TagFigures };
  /** The prediction that looks at nothing. */
  readonly constant: { readonly name: string; readonly value: number; readonly valid: Figures; readonly test: Figures };
}

/** `trial.json`: what a trial of a search found out, on validation alone. */
export interface TrialResult extends Pick<RunResult, 'format' | 'run' | 'seed' | 'epochs' | 'selected'> {}

/** What a run took. Training counts all sessions. */
export interface RunCost {
  /** Reading the data, and the prefix of the language model, in the session that finished the run. */
  readonly preparationSeconds: number;
  readonly trainingSeconds: number;
  readonly evaluationSeconds: number;
  readonly peakMemoryMegabytes: number;
  /** Of the session that finished the run; absent for an engine that compiles nothing. */
  readonly compileSeconds?: number;
  /** Programs that were compiled in it. */
  readonly signatures?: number;
}

/** The result of a finished run. @throws RUN_INVALID if it is damaged or belongs to another run */
export async function readResult(folder: string, name: string): Promise<RunResult> {
  const result = await readJson<RunResult>(folder, 'result');
  const problem = problemOf(result, name);
  if (problem === undefined) return withoutNulls(result);
  throw new InterfuseError('RUN_INVALID', { place: pathOf(folder, 'result'), ...problem });
}

function problemOf(result: Partial<RunResult> | null, name: string): { expected: string; got: string } | undefined {
  if (result?.format !== 1) return { expected: 'a result of format 1', got: String(result?.format ?? 'none') };
  if (result.run !== name) return { expected: `the result of ${name}`, got: `that of ${result.run}` };
  const missing = (['seed', 'parameters', 'valid', 'test', 'constant'] as const).find((key) => !(key in result));
  return missing === undefined ? undefined : { expected: `an entry "${missing}"`, got: 'none' };
}

/** JSON has no NaN: a figure that is not defined was written as null. */
function withoutNulls(result: RunResult): RunResult {
  const text = JSON.stringify(result);
  return JSON.parse(text, (_key, value) => (value === null ? Number.NaN : value)) as RunResult;
}
