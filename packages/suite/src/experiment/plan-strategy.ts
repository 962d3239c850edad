/** Plans a strategy: its plugins checked against each other, its module built from leaves. */
import {
  type Dataset,
  type EffectiveConfig,
  type FusionModule,
  type FusionPlugin,
  type FusionSlot,
  InterfuseError,
  type LanguageModel,
  type MetricFamily,
  resolveTraining,
  type Slot,
  type Tokenizer,
  type TrainingSettings,
} from '@interfuse/core';
import type { RunChoice, RunScope } from '@interfuse/core/host';
import { checkPieces, textModality } from '@interfuse/training/loop';
import { checkModalities } from './check-modalities.js';
import type { Experiment } from './open-experiment.js';
import { type ParameterCounts, parameterCounts } from './parameter-counts.js';

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

/** Of its slot in the config. */
export function placeOf({ stage, choice }: Pick<StrategyPlan, 'stage' | 'choice'>): string {
  return stage === undefined ? `fusion[${choice.fusion}]` : `stages.${stage}.fusion`;
}

/**
 * @param shared the dataset, where it is open already
 * @param stage the name of the stage that it is, if it is one
 * @throws what plugins throw about their options; CONFIG_WRONG_VALUE
 */
export async function planStrategy(
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
