/** Opens a run folder again: the experiment that it belongs to, and its plan. */
import { extname, resolve } from 'node:path';
import type { ConfigInput, FusionSlot, Logger, WarmStart } from '@interfuse/core';
import { checkStructure, readConfigFile } from '@interfuse/core/config';
import { canonicalJson } from '../experiment/canonical-json.js';
import type { RunIdentity } from '../experiment/identity.js';
import { composeExperiment, type Experiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import type { Manifest } from './manifest.js';
import { requireFinished } from './require-finished.js';
import { readJson } from './run-folder.js';

interface Reopened {
  readonly experiment: Experiment;
  readonly manifest: Manifest;
}

export interface OpenedRun {
  readonly experiment: Experiment;
  readonly run: RunPlan;
  /** Parts of the identity that are no longer what they were when the run was made, such as `code`. */
  readonly changed: readonly string[];
}

/** The experiment of one run: its config, with the plugins that it names. @throws RUN_INVALID if the folder is no run folder */
export function reopenExperiment(folder: string, logger: Logger): Promise<Reopened> {
  return reopen(folder, logger, () => undefined);
}

/** @throws FILE_NOT_FOUND; RUN_INVALID if the folder is no run folder, or its run is not finished */
export function openFinishedRun(folder: string, logger: Logger): Promise<OpenedRun> {
  // What a finished run once started with is history: whoever opens it does not need the runs that it came from.
  return open(folder, logger, () => undefined);
}

/**
 * Opens it so that it can be trained again: it starts with the weights of the run folders that it started with.
 * @throws as `openFinishedRun`, and what planning warm starts throws
 */
export function openToTrainAgain(folder: string, logger: Logger): Promise<OpenedRun> {
  return open(folder, logger, ({ warmStart }) =>
    warmStart?.map(({ select, as, folder: source }) => ({
      run: resolve(folder, source),
      select,
      ...(as === undefined ? {} : { as }),
    })),
  );
}

/** @param warmStartsOf the run, if any */
async function open(
  folder: string,
  logger: Logger,
  warmStartsOf: (manifest: Manifest) => readonly WarmStart[] | undefined,
): Promise<OpenedRun> {
  await requireFinished(folder);
  const { experiment, manifest } = await reopen(folder, logger, warmStartsOf);
  const [planned] = (await planRuns(experiment)) as [RunPlan];
  const { warmStart } = manifest.identity;
  const run = { ...planned, identity: { ...planned.identity, ...(warmStart === undefined ? {} : { warmStart }) } };
  return {
    experiment,
    run: { ...run, name: manifest.run, folder },
    changed: differences(run.identity, manifest.identity),
  };
}

async function reopen(
  folder: string,
  logger: Logger,
  warmStartsOf: (manifest: Manifest) => readonly WarmStart[] | undefined,
): Promise<Reopened> {
  const written = await readJson<ConfigInput>(folder, 'config');
  const manifest = await readJson<Manifest>(folder, 'manifest');
  const configFile = resolve(folder, manifest.configFile);
  const plugins = [...namedPlugins(written), ...(await pluginValues(configFile))];
  const baseFolder = resolve(folder, manifest.baseFolder);
  const reopened = { ...written, fusion: startingWith(warmStartsOf(manifest), written), plugins };
  return { experiment: await composeExperiment(reopened, { configFile, baseFolder, logger }), manifest };
}

function startingWith(warmStart: readonly WarmStart[] | undefined, { fusion }: ConfigInput): unknown {
  return (fusion as readonly FusionSlot[]).map(({ warmStart: _, ...slot }) => ({
    ...slot,
    ...(warmStart === undefined ? {} : { warmStart }),
  }));
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
