/** An experiment: a config file with its overrides, the plugins that it names, and the host that makes runs of it. */
import { dirname, resolve } from 'node:path';
import { type ConfigInput, type EffectiveConfig, type LanguageModel, type Logger, loadPlugins } from '@interfuse/core';
import { applyOverrides, checkStructure, findConfigFile, readConfigFile, resolveConfig } from '@interfuse/core/config';
import { composeHost, type Host } from '@interfuse/core/host';
import { builtInPlugins } from '../built-in-plugins.js';
import { showPath } from '../show-path.js';
import { configsFolder, presetFiles } from './preset-files.js';

/** What was asked for on the command line: data, so that another process can open the same experiment. */
export interface ExperimentRequest {
  /** Where the command was given. */
  readonly workingFolder: string;
  /** Default: `interfuse.config.*` in the working folder, or else the default comparison. */
  readonly configFile?: string;
  readonly overrides: readonly string[];
  /** Sections that take the place of those of the config, once the overrides are applied. */
  readonly sections?: ConfigInput;
}

export interface Experiment {
  readonly config: EffectiveConfig;
  /** Absolute path. */
  readonly configFile: string;
  /** What relative paths of the config start from. */
  readonly baseFolder: string;
  /** Absolute path of the folder of run folders. */
  readonly outputFolder: string;
  readonly host: Host;
}

/** Reads, checks and composes; builds nothing. @throws the errors of reading a config and loading plugins */
export async function openExperiment(request: ExperimentRequest, logger: Logger): Promise<Experiment> {
  const { written, configFile } = await readExperiment(request);
  // Presets lie in this package, but their runs belong to whoever works here.
  const baseFolder = dirname(configFile) === configsFolder ? request.workingFolder : dirname(configFile);
  return composeExperiment(written, { configFile, baseFolder, logger });
}

/** The config that was asked for, with its overrides; not yet checked. */
export async function readExperiment(
  request: ExperimentRequest,
): Promise<{ readonly written: ConfigInput; readonly configFile: string }> {
  const configFile = await locateConfig(request);
  const { config } = await readConfigFile(showPath(configFile));
  return { written: { ...applyOverrides(config, request.overrides), ...request.sections }, configFile };
}

export interface Surroundings {
  readonly configFile: string;
  readonly baseFolder: string;
  readonly logger: Logger;
}

/** An experiment of a config that is at hand. */
export async function composeExperiment(written: ConfigInput, surroundings: Surroundings): Promise<Experiment> {
  const { configFile, baseFolder, logger } = surroundings;
  const named = await loadPlugins(checkStructure(written).plugins, baseFolder);
  const resolvePath = (path: string) => resolve(baseFolder, path);
  const plugins = [...(await builtInPlugins()), ...named];
  // A config is checked before a tensor library is loaded.
  const adapt = async (model: LanguageModel) => (await import('@interfuse/nn')).adaptedLanguageModel(model);
  const host = composeHost({ plugins, logger, resolvePath, adapt });
  const config = resolveConfig(written, host.registry);
  return { config, configFile, baseFolder, outputFolder: resolvePath(config.output), host };
}

async function locateConfig({ workingFolder, configFile }: ExperimentRequest): Promise<string> {
  if (configFile !== undefined) return resolve(workingFolder, configFile);
  return (await findConfigFile(workingFolder)) ?? presetFiles.quick;
}
