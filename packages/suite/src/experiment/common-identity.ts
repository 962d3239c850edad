/** What the runs of a strategy have in common of what determines their results: all but the seed and the warm starts. */
import type { Dataset, FusionSlot, PluginKind, Slot } from '@interfuse/core';
import type { Digests, PluginIdentity, RunIdentity } from './identity.js';
import type { Experiment } from './open-experiment.js';
import type { StrategyPlan } from './plan-strategy.js';

export async function commonIdentity(
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
