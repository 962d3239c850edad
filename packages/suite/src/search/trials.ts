/** A trial of a search: a strategy with the values of a point, as a config, as runs, and as the figure that it came to. */
import { type ConfigInput, type FusionSlot, InterfuseError, type Logger, type Search } from '@interfuse/core';
import { mean } from '@interfuse/statistics';
import type { Digests } from '../experiment/identity.js';
import { type Experiment, type ExperimentRequest, openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import type { TrialResult } from '../run/result.js';
import { has, readJson } from '../run/run-folder.js';
import type { Candidate } from './candidates.js';
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

/** What is searched; its digests of code and weights hold for all trials. */
export interface Searching {
  readonly request: ExperimentRequest;
  readonly experiment: Experiment;
  readonly digests: Digests;
  readonly logger: Logger;
}

/** What trials have in place of what the config says: seeds of their own, in a folder of their own. */
export function trialSections({ experiment: { config } }: Searching): ConfigInput {
  return { seeds: (config.search as Search).seeds, output: searchFolder(config.output), search: null, tuned: null };
}

/**
 * Plans the trials of one candidate. The stages that they start with, if any, are planned with their seeds and lie in
 * their folder, the same ones for all.
 *
 * @throws what planning throws
 */
export async function planTrials(
  of: Searching,
  { slot, languageModel }: Pick<Candidate, 'slot' | 'languageModel'>,
  choices: readonly TrialChoice[],
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const { point, epochs } of choices) {
    const sections: ConfigInput = { ...trialSections(of), fusion: [slotAt(slot, point, epochs)], languageModel };
    const request = { ...of.request, sections };
    const experiment = await openExperiment(request, of.logger);
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
