/** The plan of an experiment: every strategy checked and built from leaves, every run with its identity and folder. */
import { join } from 'node:path';
import {
  type Dataset,
  type EffectiveConfig,
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
import { stageConfig } from '@interfuse/core/config';
import type { RunChoice, RunScope } from '@interfuse/core/host';
import { checkPieces, textModality } from '@interfuse/training/loop';
import { checkModalities } from './check-modalities.js';
import { Digests, type PluginIdentity, type RunIdentity, shortHash } from './identity.js';
import type { Experiment } from './open-experiment.js';
import { type ParameterCounts, parameterCounts } from './parameter-counts.js';
import { planWarmStarts, type RunWarmStart } from './warm-starts.js';

/** What the runs of one strategy share. */
export interface StrategyPlan {
  /** Of the experiment; of a stage, with what the stage says in place of it. */
  readonly config: EffectiveConfig;
  /** The name of the stage that it is, if it is one. */
  readonly stage?: string;
  /** Positions in the lists of its config. */
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
  readonly warmStarts: readonly RunWarmStart[];
  /** `early-s1-0f3c9a52`. */
  readonly name: string;
  /** Absolute path of the run folder. */
  readonly folder: string;
}

/**
 * Plans the strategies at these positions, all by default, with every language model at these positions and every seed. A
 * strategy that uses no language model is planned once, with the first. No folder is made and no weight is read.
 * @throws what datasets, language models, metrics and strategies throw about their options, and what warm starts throw
 */
export async function planRuns(
  experiment: Experiment,
  { fusion, languageModel }: Partial<RunChoice> = {},
  digests = new Digests(experiment),
): Promise<RunPlan[]> {
  const planner = new Planner(experiment, digests);
  const runs: RunPlan[] = [];
  const { config } = experiment;
  for (const index of fusion === undefined ? config.fusion.keys() : [fusion]) {
    for (const backbone of backbonesOf(config, languageModel)) {
      const planned = await planner.strategy(config, { fusion: index, languageModel: backbone });
      for (const seed of config.seeds) runs.push(await planner.run(planned, seed));
      if (!planned.strategy.usesBackbone) break;
    }
  }
  return runs;
}

/** Plans a stage in the same way. */
export async function planStage(
  experiment: Experiment,
  name: string,
  { languageModel }: Pick<Partial<RunChoice>, 'languageModel'> = {},
): Promise<RunPlan[]> {
  const planner = new Planner(experiment);
  const runs: RunPlan[] = [];
  for (const backbone of backbonesOf(experiment.config, languageModel)) {
    for (const seed of experiment.config.seeds) runs.push(await planner.stage(name, backbone, seed));
    if (!runs.at(-1)?.strategy.usesBackbone) break;
  }
  return runs;
}

function backbonesOf({ languageModel }: EffectiveConfig, chosen: number | undefined): number[] {
  if (chosen !== undefined) return [chosen];
  return languageModel.length === 0 ? [0] : [...languageModel.keys()];
}

interface PlannedStrategy {
  readonly strategy: StrategyPlan;
  readonly identity: Omit<RunIdentity, 'seed'>;
}

/** Plans strategies and stages; each stage, and the dataset, once. */
class Planner {
  readonly #stages = new Map<string, PlannedStrategy>();
  #dataset?: { readonly dataset: Dataset; readonly slot: string };

  constructor(
    private readonly experiment: Experiment,
    private readonly digests = new Digests(experiment),
  ) {}

  /** @param config of the experiment, or of a stage of it */
  async strategy(config: EffectiveConfig, choice: Required<RunChoice>, stage?: string): Promise<PlannedStrategy> {
    const { use, options, transforms } = config.data;
    const slot = JSON.stringify([use, options, transforms]);
    const shared = this.#dataset?.slot === slot ? this.#dataset.dataset : undefined;
    const strategy = await planStrategy(this.experiment, config, choice, shared, stage);
    if (shared === undefined) this.#dataset = { dataset: strategy.dataset, slot };
    return { strategy, identity: await commonIdentity(this.experiment, strategy, this.digests) };
  }

  async run({ strategy, identity: common }: PlannedStrategy, seed: number): Promise<RunPlan> {
    const { baseFolder, outputFolder } = this.experiment;
    const { module, slot, choice } = strategy;
    const warmStarts = await planWarmStarts(module, slot.warmStart ?? [], {
      seed,
      baseFolder,
      place: placeOf(strategy),
      stage: (name) => this.stage(name, choice.languageModel, seed),
    });
    const starts = warmStarts.length === 0 ? {} : { warmStart: warmStarts.map(({ identity }) => identity) };
    const identity = { ...common, ...starts, seed };
    const name = `${folderName(strategy.plugin.id)}-s${seed}-${shortHash(identity)}`;
    return { strategy, seed, identity, warmStarts, name, folder: join(outputFolder, name) };
  }

  async stage(name: string, languageModel: number, seed: number): Promise<RunPlan> {
    const known = this.#stages.get(name) ?? this.#stages.get(`${name} ${languageModel}`);
    const planned =
      known ?? (await this.strategy(stageConfig(this.experiment.config, name), { fusion: 0, languageModel }, name));
    this.#stages.set(planned.strategy.usesBackbone ? `${name} ${languageModel}` : name, planned);
    return this.run(planned, seed);
  }
}

/** Of its slot in the config. */
function placeOf({ stage, choice }: Pick<StrategyPlan, 'stage' | 'choice'>): string {
  return stage === undefined ? `fusion[${choice.fusion}]` : `stages.${stage}.fusion`;
}

async function planStrategy(
  { host }: Experiment,
  config: EffectiveConfig,
  choice: Required<RunChoice>,
  shared: Dataset | undefined,
  stage: string | undefined,
): Promise<StrategyPlan> {
  const slot = config.fusion[choice.fusion] as FusionSlot;
  const backbone = config.languageModel[choice.languageModel];
  const scope = host.openRun(config, choice, shared === undefined ? {} : { dataset: shared });
  const dataset = await scope.dataset();
  const metrics = await scope.metrics();
  const { plugin, module } = await scope.fusion();
  const languageModel = await scope.languageModel();
  const settings = resolveTraining(module.recipe, { ...config.training, ...slot.training });
  checkModalities(settings.modalityDropout, dataset.spec);
  const parameters = parameterCounts(module, languageModel?.model);
  const place = placeOf({ choice, ...(stage === undefined ? {} : { stage }) });
  if (slot.adaptation !== 'frozen' && !parameters.languageModel) throw nothingToAdapt(slot, place);
  if (slot.control !== 'none' && !readsStreams(plugin, slot, dataset)) throw nothingToControl(slot, place);
  checkPieces(module, settings);
  const { requires } = plugin;
  return {
    config,
    choice,
    ...(stage === undefined ? {} : { stage }),
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

function nothingToAdapt({ use, adaptation }: FusionSlot, place: string): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', {
    place: `${place}.adaptation`,
    expected: `frozen: ${use} with these options uses no language model`,
    got: adaptation,
  });
}

/** A yardstick of a single modality is told which by its options. */
function readsStreams({ category }: FusionPlugin, { options }: FusionSlot, { spec }: Dataset): boolean {
  return Object.keys(spec.streams).length > 0 && !(category === 'none' && options.modality === textModality);
}

function nothingToControl({ use, control }: FusionSlot, place: string): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', {
    place: `${place}.control`,
    expected: `none: ${use} with these options and data reads no streams`,
    got: control,
  });
}

async function commonIdentity(
  { host: { registry } }: Experiment,
  { config, slot, backbone, plugin, module, languageModel, dataset, settings }: StrategyPlan,
  digests: Digests,
): Promise<Omit<RunIdentity, 'seed'>> {
  const { data, encoders, evaluation, engine } = config;
  // What it trains with stands below, whoever said it.
  const { warmStart: _, training: __, ...fusion } = slot;
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
    data: { ...data, digest: dataset.spec.digest, ...(plugin.requires.wordTimes ? { paces: pacesOf(dataset) } : {}) },
    encoders,
    ...(backbone === undefined ? {} : { languageModel: backbone }),
    fusion: withoutName(fusion),
    training: settings,
    evaluation: { metrics: evaluation.metrics, select: evaluation.select },
    engine,
    plugins: [...plugins.values()],
    code: await digests.sharedCode(data, plugin.requires.wordTimes !== undefined),
    weights: await digests.weights(trees, folders),
  };
}

/** The digest of a dataset leaves out how fast its streams are, which only matters beside the times of words. */
function pacesOf({ spec }: Dataset): Record<string, number | 'word'> {
  const paces = Object.values(spec.streams).map(({ name, pace }) => [name, pace] as const);
  return Object.fromEntries(paces.filter((entry): entry is [string, number | 'word'] => entry[1] !== undefined));
}

/** A preset is its options: what is written out runs as what is named. */
function withoutName({ preset: _, ...slot }: FusionSlot): FusionSlot {
  return slot;
}

/** `@scope/name` becomes `scope-name`. */
function folderName(id: string): string {
  return id.replace(/^@/, '').replaceAll('/', '-');
}
