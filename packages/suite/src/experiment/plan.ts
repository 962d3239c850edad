/** The plan of an experiment: every strategy checked and built from leaves, every run with its identity and folder. */
import { join } from 'node:path';
import {
  type Dataset,
  type FusionModule,
  type FusionPlugin,
  type FusionSlot,
  InterfuseError,
  type LanguageModel,
  type MetricFamily,
  type PluginKind,
  resolveTraining,
  type Slot,
  type Tokenizer,
  type TrainingSettings,
} from '@interfuse/core';
import type { RunScope } from '@interfuse/core/host';
import { isAdapted } from '@interfuse/nn';
import { checkPieces } from '@interfuse/training/loop';
import { checkModalities } from './check-modalities.js';
import { Digests, type PluginIdentity, type RunIdentity, shortHash } from './identity.js';
import type { Experiment } from './open-experiment.js';
import { type ParameterCounts, parameterCounts } from './parameter-counts.js';

/** What the runs of one strategy share. */
export interface StrategyPlan {
  /** Position in `config.fusion`. */
  readonly index: number;
  readonly slot: FusionSlot;
  readonly plugin: FusionPlugin;
  readonly module: FusionModule;
  readonly languageModel?: { readonly model: LanguageModel; readonly tokenizer: Tokenizer };
  readonly dataset: Dataset;
  readonly metrics: MetricFamily;
  readonly settings: TrainingSettings;
  readonly parameters: ParameterCounts;
  readonly scope: RunScope;
}

export interface RunPlan {
  readonly strategy: StrategyPlan;
  readonly seed: number;
  readonly identity: RunIdentity;
  /** `early-s1-0f3c9a52`. */
  readonly name: string;
  /** Absolute path of the run folder. */
  readonly folder: string;
}

/**
 * Plans the strategies at these positions, all by default, with every seed. No folder is made and no weight is read.
 * @throws what datasets, language models, metrics and strategies throw about their options
 */
export async function planRuns(
  experiment: Experiment,
  indices: readonly number[] = [...experiment.config.fusion.keys()],
): Promise<RunPlan[]> {
  const digests = new Digests(experiment);
  const runs: RunPlan[] = [];
  let dataset: Dataset | undefined;
  for (const index of indices) {
    const strategy = await planStrategy(experiment, index, dataset);
    dataset = strategy.dataset;
    const common = await commonIdentity(experiment, strategy, digests);
    for (const seed of experiment.config.seeds) {
      const identity = { ...common, seed };
      const name = `${folderName(strategy.plugin.id)}-s${seed}-${shortHash(identity)}`;
      runs.push({ strategy, seed, identity, name, folder: join(experiment.outputFolder, name) });
    }
  }
  return runs;
}

async function planStrategy(experiment: Experiment, index: number, shared?: Dataset): Promise<StrategyPlan> {
  const { config, host } = experiment;
  const slot = config.fusion[index] as FusionSlot;
  const scope = host.openRun(config, index, shared === undefined ? {} : { dataset: shared });
  const dataset = await scope.dataset();
  const metrics = await scope.metrics();
  const { plugin, module } = await scope.fusion();
  const languageModel = await scope.languageModel();
  const settings = resolveTraining(module.recipe, config.training);
  checkModalities(settings.modalityDropout, dataset.spec);
  if (slot.adaptation !== 'frozen' && !isAdapted(module.parameters)) throw nothingToAdapt(slot, index);
  checkPieces(module, settings);
  return {
    index,
    slot,
    plugin,
    module,
    ...(languageModel === undefined ? {} : { languageModel }),
    dataset,
    metrics,
    settings,
    parameters: parameterCounts(module, languageModel?.model),
    scope,
  };
}

function nothingToAdapt({ use, adaptation }: FusionSlot, index: number): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', {
    place: `fusion[${index}].adaptation`,
    expected: `frozen: ${use} with these options uses no language model`,
    got: adaptation,
  });
}

async function commonIdentity(
  { config, host: { registry } }: Experiment,
  { slot, module, languageModel, dataset, settings }: StrategyPlan,
  digests: Digests,
): Promise<Omit<RunIdentity, 'seed'>> {
  const { data, encoders, evaluation, engine } = config;
  const used: [PluginKind, Slot][] = [
    ['dataset', data],
    ...Object.values(encoders).map((encoder): [PluginKind, Slot] => ['encoder', encoder]),
    ...(config.languageModel === undefined ? [] : [['language-model', config.languageModel] as [PluginKind, Slot]]),
    ['fusion', slot],
    ['metric', evaluation.metrics],
    ['engine', engine],
  ];
  const plugins = new Map<string, PluginIdentity>();
  for (const source of registry.list()) {
    const { kind, id } = source.plugin;
    const isUsed = used.some(([usedKind, { use }]) => usedKind === kind && use === id);
    if (isUsed) plugins.set(`${kind}/${id}`, await digests.plugin(source));
  }
  const trees = [module.parameters, ...(languageModel === undefined ? [] : [languageModel.model.parameters])];
  return {
    format: 1,
    data: { ...data, digest: dataset.spec.digest },
    encoders,
    ...(config.languageModel === undefined ? {} : { languageModel: config.languageModel }),
    fusion: slot,
    training: settings,
    evaluation,
    engine,
    plugins: [...plugins.values()],
    code: await digests.sharedCode(data),
    weights: await digests.weights(trees),
  };
}

/** `@scope/name` becomes `scope-name`. */
function folderName(id: string): string {
  return id.replace(/^@/, '').replaceAll('/', '-');
}
