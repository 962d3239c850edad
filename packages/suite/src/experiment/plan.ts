/** The plan of an experiment: every run of every strategy, with its identity and folder. */
import { join } from 'node:path';
import type { Dataset, EffectiveConfig } from '@interfuse/core';
import { stageConfig } from '@interfuse/core/config';
import type { RunChoice } from '@interfuse/core/host';
import { commonIdentity } from './common-identity.js';
import { Digests, type RunIdentity, shortHash } from './identity.js';
import type { Experiment } from './open-experiment.js';
import { placeOf, planStrategy, type StrategyPlan } from './plan-strategy.js';
import { planWarmStarts, type RunWarmStart } from './warm-starts.js';

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

/** `@scope/name` becomes `scope-name`. */
function folderName(id: string): string {
  return id.replace(/^@/, '').replaceAll('/', '-');
}
