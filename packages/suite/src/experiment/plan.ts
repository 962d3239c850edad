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
import type { RunChoice, RunScope } from '@interfuse/core/host';
import { checkPieces } from '@interfuse/training/loop';
import { checkModalities } from './check-modalities.js';
import { Digests, type PluginIdentity, type RunIdentity, shortHash } from './identity.js';
import type { Experiment } from './open-experiment.js';
import { type ParameterCounts, parameterCounts } from './parameter-counts.js';

/** What the runs of one strategy share. */
export interface StrategyPlan {
  /** Positions in the lists of the config. */
  readonly choice: Required<RunChoice>;
  readonly slot: FusionSlot;
  /** The slot of its language model; of a strategy that uses none, the first. */
  readonly backbone?: Slot;
  /** Whether its result depends on the language model. */
  readonly usesBackbone: boolean;
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
 * Plans the strategies at these positions, all by default, with every language model at these positions and every seed. A
 * strategy that uses no language model is planned once, with the first. No folder is made and no weight is read.
 * @throws what datasets, language models, metrics and strategies throw about their options
 */
export async function planRuns(
  experiment: Experiment,
  { fusion, languageModel }: Partial<RunChoice> = {},
): Promise<RunPlan[]> {
  const digests = new Digests(experiment);
  const runs: RunPlan[] = [];
  let dataset: Dataset | undefined;
  const { config } = experiment;
  const backbones = languageModel === undefined ? [...config.languageModel.keys()] : [languageModel];
  for (const index of fusion === undefined ? config.fusion.keys() : [fusion]) {
    for (const backbone of backbones.length === 0 ? [0] : backbones) {
      const choice = { fusion: index, languageModel: backbone };
      const strategy = await planStrategy(experiment, choice, dataset);
      dataset = strategy.dataset;
      const common = await commonIdentity(experiment, strategy, digests);
      for (const seed of config.seeds) {
        const identity = { ...common, seed };
        const name = `${folderName(strategy.plugin.id)}-s${seed}-${shortHash(identity)}`;
        runs.push({ strategy, seed, identity, name, folder: join(experiment.outputFolder, name) });
      }
      if (!strategy.usesBackbone) break;
    }
  }
  return runs;
}

async function planStrategy(
  experiment: Experiment,
  choice: Required<RunChoice>,
  shared?: Dataset,
): Promise<StrategyPlan> {
  const { config, host } = experiment;
  const slot = config.fusion[choice.fusion] as FusionSlot;
  const backbone = config.languageModel[choice.languageModel];
  const scope = host.openRun(config, choice, shared === undefined ? {} : { dataset: shared });
  const dataset = await scope.dataset();
  const metrics = await scope.metrics();
  const { plugin, module } = await scope.fusion();
  const languageModel = await scope.languageModel();
  const settings = resolveTraining(module.recipe, config.training);
  checkModalities(settings.modalityDropout, dataset.spec);
  const parameters = parameterCounts(module, languageModel?.model);
  if (slot.adaptation !== 'frozen' && !parameters.languageModel) throw nothingToAdapt(slot, choice.fusion);
  checkPieces(module, settings);
  const { requires } = plugin;
  return {
    choice,
    slot,
    ...(backbone === undefined ? {} : { backbone }),
    // Whoever reads text without the model's weights still reads it as the model's tokenizer cuts it.
    usesBackbone:
      parameters.languageModel !== undefined || requires.languageModel !== undefined || requires.text !== undefined,
    plugin,
    module,
    ...(languageModel === undefined ? {} : { languageModel }),
    dataset,
    metrics,
    settings,
    parameters,
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
  { slot, backbone, module, languageModel, dataset, settings }: StrategyPlan,
  digests: Digests,
): Promise<Omit<RunIdentity, 'seed'>> {
  const { data, encoders, evaluation, engine } = config;
  const used: [PluginKind, Slot][] = [
    ['dataset', data],
    ...Object.values(encoders).map((encoder): [PluginKind, Slot] => ['encoder', encoder]),
    ...(backbone === undefined ? [] : [['language-model', backbone] as [PluginKind, Slot]]),
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
  const model = languageModel?.model;
  const trees = [module.parameters, ...(model === undefined ? [] : [model.parameters])];
  const folders = model?.adaptation === undefined ? [] : [model.adaptation.folder];
  return {
    format: 1,
    data: { ...data, digest: dataset.spec.digest },
    encoders,
    ...(backbone === undefined ? {} : { languageModel: backbone }),
    fusion: withoutName(slot),
    training: settings,
    evaluation: { metrics: evaluation.metrics, select: evaluation.select },
    engine,
    plugins: [...plugins.values()],
    code: await digests.sharedCode(data),
    weights: await digests.weights(trees, folders),
  };
}

/** A preset is its options: what is written out runs as what is named. */
function withoutName({ preset: _, ...slot }: FusionSlot): FusionSlot {
  return slot;
}

/** `@scope/name` becomes `scope-name`. */
function folderName(id: string): string {
  return id.replace(/^@/, '').replaceAll('/', '-');
}
