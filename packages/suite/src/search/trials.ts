/** A trial of a search: a strategy with the values of a point, as a config, as runs, and as the figure that it came to. */
import { type ConfigInput, type FusionSlot, InterfuseError, type Logger, type Search } from '@interfuse/core';
import { mean } from '@interfuse/statistics';
import { Digests } from '../experiment/identity.js';
import { type Experiment, type ExperimentRequest, openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import type { TrialResult } from '../run/result.js';
import { has, readJson } from '../run/run-folder.js';
import type { Point } from './space.js';

export interface Trial {
  readonly point: Point;
  readonly epochs: number;
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

/** Plans the trials of one strategy. Their runs lie in a folder of their own. @throws what planning throws */
export async function planTrials(
  { request, experiment }: { readonly request: ExperimentRequest; readonly experiment: Experiment },
  slot: FusionSlot,
  points: readonly Point[],
  { epochs, logger }: { readonly epochs: number; readonly logger: Logger },
): Promise<Trial[]> {
  const { output, search } = experiment.config;
  const digests = new Digests(experiment);
  const trials: Trial[] = [];
  for (const point of points) {
    const sections: ConfigInput = {
      fusion: [slotAt(slot, point, epochs)],
      seeds: (search as Search).seeds,
      output: searchFolder(output),
      search: null,
      tuned: null,
    };
    const trialRequest = { ...request, sections };
    const opened = await openExperiment(trialRequest, logger);
    trials.push({
      point,
      epochs,
      request: trialRequest,
      experiment: opened,
      runs: await planRuns(opened, {}, digests),
    });
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
