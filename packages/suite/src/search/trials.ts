/** A trial of a search: a strategy with the values of a point, as a config, as runs, and as the figure that it came to. */
import { type ConfigInput, type FusionSlot, InterfuseError, type Logger, type Search } from '@interfuse/core';
import { mean } from '@interfuse/statistics';
import type { Digests } from '../experiment/identity.js';
import { type Experiment, type ExperimentRequest, openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import type { TrialResult } from '../run/result.js';
import { has, readJson } from '../run/run-folder.js';
import type { Point } from './space.js';

export interface Trial extends TrialChoice {
  readonly request: ExperimentRequest;
  readonly experiment: Experiment;
  /** One for each seed of the search. */
  readonly runs: readonly RunPlan[];
}

/** The slot with the values of a point, and so many epochs where they are given. */
export function slotAt(slot: object, point: Point, epochs?: number): { [name: string]: unknown } {
  const { training = {} } = slot as Partial<FusionSlot>;
  const changed = Object.entries(point).reduce<Record<string, unknown>>(
    (whole, [path, value]) => withValue(whole, path.replace(/^fusion\./, '').split('.'), value),
    { ...slot, training },
  );
  const settings = { ...(changed.training as object), ...(epochs === undefined ? {} : { epochs }) };
  const { training: _, ...rest } = changed;
  return Object.keys(settings).length === 0 ? rest : { ...rest, training: settings };
}

/** A point, and for how many epochs it is tried. */
export interface TrialChoice {
  readonly point: Point;
  readonly epochs: number;
}

/**
 * Plans the trials of one strategy. Their runs lie in a folder of their own.
 *
 * @param of what they are trials of; its digests of code and weights hold for all of them
 * @throws what planning throws
 */
export async function planTrials(
  of: { readonly request: ExperimentRequest; readonly experiment: Experiment; readonly digests: Digests },
  slot: FusionSlot,
  choices: readonly TrialChoice[],
  logger: Logger,
): Promise<Trial[]> {
  const { output, search } = of.experiment.config;
  const trials: Trial[] = [];
  for (const { point, epochs } of choices) {
    const sections: ConfigInput = {
      fusion: [slotAt(slot, point, epochs)],
      seeds: (search as Search).seeds,
      output: searchFolder(output),
      search: null,
      tuned: null,
    };
    const request = { ...of.request, sections };
    const experiment = await openExperiment(request, logger);
    trials.push({ point, epochs, request, experiment, runs: await planRuns(experiment, {}, of.digests) });
  }
  return trials;
}

export function searchFolder(output: string): string {
  return `${output.replace(/\/+$/, '')}/search`;
}

export interface TrialFigure {
  /** On validation, by seed; NaN where training diverged. */
  readonly perSeed: readonly number[];
  readonly mean: number;
}

/** What the runs of a trial came to, those that diverged by no figure. @throws RUN_INVALID */
export async function figureOf({ runs }: Trial): Promise<TrialFigure> {
  const perSeed = await Promise.all(
    runs.map(async ({ folder, name }) => {
      if (!has(folder, 'trial')) return Number.NaN;
      const trial = await readJson<TrialResult>(folder, 'trial');
      if (trial.format === 1 && trial.run === name) return trial.selected.value ?? Number.NaN;
      throw new InterfuseError('RUN_INVALID', {
        place: folder,
        expected: `the trial ${name} in format 1`,
        got: `${trial.run} in format ${trial.format}`,
      });
    }),
  );
  return { perSeed, mean: mean(perSeed) };
}

function withValue(node: unknown, [step, ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  const section = (node ?? {}) as Record<string, unknown>;
  if (step === undefined) return section;
  return { ...section, [step]: rest.length === 0 ? value : withValue(section[step], rest, value) };
}
