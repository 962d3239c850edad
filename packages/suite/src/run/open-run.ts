/** Opens a run folder again: the experiment that it belongs to, and its plan. */
import { readdir, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { type ConfigInput, InterfuseError, type Logger } from '@interfuse/core';
import { checkStructure, readConfigFile } from '@interfuse/core/config';
import { canonicalJson } from '../experiment/canonical-json.js';
import type { RunIdentity } from '../experiment/identity.js';
import { composeExperiment, type Experiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import type { Manifest } from './manifest.js';
import { has, pathOf, readJson, runFiles } from './run-folder.js';

export interface OpenedRun {
  readonly experiment: Experiment;
  readonly run: RunPlan;
  /** Parts of the identity that are no longer what they were when the run was made, such as `code`. */
  readonly changed: readonly string[];
}

/** @throws FILE_NOT_FOUND; RUN_INVALID if the folder is no run folder, or its run is not finished */
export async function openFinishedRun(folder: string, logger: Logger): Promise<OpenedRun> {
  await requireFinished(folder);
  const written = await readJson<ConfigInput>(folder, 'config');
  const manifest = await readJson<Manifest>(folder, 'manifest');
  const configFile = resolve(folder, manifest.configFile);
  const plugins = [...namedPlugins(written), ...(await pluginValues(configFile))];
  const baseFolder = resolve(folder, manifest.baseFolder);
  const experiment = await composeExperiment({ ...written, plugins }, { configFile, baseFolder, logger });
  const [run] = (await planRuns(experiment)) as [RunPlan];
  return {
    experiment,
    run: { ...run, name: manifest.run, folder },
    changed: differences(run.identity, manifest.identity),
  };
}

async function requireFinished(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new InterfuseError('FILE_NOT_FOUND', {
      place: folder,
      expected: 'a run folder',
      got: found === undefined ? 'nothing' : 'a file',
    });
  }
  if (has(folder, 'result')) return;
  const isRun = has(folder, 'manifest');
  const names = (await readdir(folder)).join(', ');
  throw new InterfuseError('RUN_INVALID', {
    place: pathOf(folder, 'result'),
    expected: 'the result of a finished run',
    got: isRun ? 'a run that is not finished' : `a folder with ${names || 'nothing'} in it`,
    remedy: isRun
      ? 'Finish it first: the command that began it resumes it.'
      : `Name a folder with ${runFiles.config}, ${runFiles.manifest} and ${runFiles.result}.`,
  });
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
