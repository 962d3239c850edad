/** Opens a run folder again: the experiment that it belongs to, and its plan. */
import { extname, resolve } from 'node:path';
import type { ConfigInput, FusionSlot, Logger } from '@interfuse/core';
import { checkStructure, readConfigFile } from '@interfuse/core/config';
import { canonicalJson } from '../experiment/canonical-json.js';
import type { RunIdentity } from '../experiment/identity.js';
import { composeExperiment, type Experiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import type { Manifest } from './manifest.js';
import { requireFinished } from './require-finished.js';
import { readJson } from './run-folder.js';

export interface OpenedRun {
  readonly experiment: Experiment;
  readonly run: RunPlan;
  /** Parts of the identity that are no longer what they were when the run was made, such as `code`. */
  readonly changed: readonly string[];
}

/** The experiment of one run: its config, with the plugins that it names. @throws RUN_INVALID if the folder is no run folder */
export async function reopenExperiment(
  folder: string,
  logger: Logger,
): Promise<{ readonly experiment: Experiment; readonly manifest: Manifest }> {
  const written = await readJson<ConfigInput>(folder, 'config');
  const manifest = await readJson<Manifest>(folder, 'manifest');
  const configFile = resolve(folder, manifest.configFile);
  const plugins = [...namedPlugins(written), ...(await pluginValues(configFile))];
  const baseFolder = resolve(folder, manifest.baseFolder);
  const reopened = { ...written, fusion: withoutWarmStarts(written), plugins };
  return { experiment: await composeExperiment(reopened, { configFile, baseFolder, logger }), manifest };
}

/** @throws FILE_NOT_FOUND; RUN_INVALID if the folder is no run folder, or its run is not finished */
export async function openFinishedRun(folder: string, logger: Logger): Promise<OpenedRun> {
  await requireFinished(folder);
  const { experiment, manifest } = await reopenExperiment(folder, logger);
  const [planned] = (await planRuns(experiment)) as [RunPlan];
  const { warmStart } = manifest.identity;
  const run = { ...planned, identity: { ...planned.identity, ...(warmStart === undefined ? {} : { warmStart }) } };
  return {
    experiment,
    run: { ...run, name: manifest.run, folder },
    changed: differences(run.identity, manifest.identity),
  };
}

/** What a finished run once started with is history: whoever opens it does not need the runs that it came from. */
function withoutWarmStarts({ fusion }: ConfigInput): unknown {
  return (fusion as readonly FusionSlot[]).map(({ warmStart: _, ...slot }) => slot);
}

/** What `plugins` lists by name; a plugin given as a value was stored as `kind/id@version`. */
function namedPlugins({ plugins }: ConfigInput): unknown[] {
  const isValue = (entry: unknown) => /^(fusion|language-model|encoder|dataset|metric|engine)\/.+@/.test(String(entry));
  return [plugins ?? []].flat().filter((entry) => !isValue(entry));
}

/** Plugins that a config file in code gives as values. */
async function pluginValues(configFile: string): Promise<unknown[]> {
  if (['.yaml', '.yml', '.json'].includes(extname(configFile))) return [];
  const { config } = await readConfigFile(configFile);
  return checkStructure(config).plugins.filter((entry) => typeof entry !== 'string');
}

function differences(now: RunIdentity, before: RunIdentity): string[] {
  const keys = new Set([...Object.keys(now), ...Object.keys(before)]) as Set<keyof RunIdentity>;
  return [...keys].filter((key) => canonicalJson(now[key] ?? null) !== canonicalJson(before[key] ?? null));
}
