/** One comparison of finished runs, of however many suites. Nothing is trained and no weight is read. */
import type { Logger } from '@interfuse/core';
import { type Comparison, compareStrategies, type StrategyRuns } from '../comparison/comparison.js';
import { traitsOf } from '../comparison/traits.js';
import { reopenExperiment } from '../run/open-run.js';
import { readJson } from '../run/run-folder.js';
import type { CollectedRun } from './collect-runs.js';
import { groupRuns, type StrategyGroup } from './group-runs.js';
import { type ReportData, readReportData } from './report-data.js';

export interface Merged {
  readonly data: ReportData;
  readonly notes: readonly string[];
}

/** @throws RUN_INVALID where runs do not fit together, and what datasets and plugins throw that are no longer there */
export async function mergeRuns(
  runs: readonly CollectedRun[],
  {
    name,
    reproduce,
    logger,
  }: { readonly name: string; readonly reproduce: readonly string[]; readonly logger: Logger },
): Promise<Merged> {
  const { groups, seeds, backbones, notes } = groupRuns(runs);
  const opened = await Promise.all(groups.map((group) => openGroup(group, logger)));
  const [{ experiment }] = opened as [(typeof opened)[number]];
  const scope = experiment.host.openRun(experiment.config, { fusion: 0, languageModel: 0 });
  try {
    const metrics = await scope.metrics();
    const { spec } = await scope.dataset();
    const { evaluation } = experiment.config;
    const margins = await Promise.all(runs.map(marginOf));
    // A margin counts if it was declared before, and alike.
    const margin = new Set(margins).size === 1 ? margins[0] : undefined;
    const comparison: Comparison = compareStrategies(
      {
        name,
        dataset: spec.name,
        seeds,
        metrics,
        select: evaluation.select,
        ...(margin === undefined ? {} : { margin }),
        references: spec.referenceFigures ?? [],
        backbones,
      },
      opened.map(({ strategy }) => strategy),
    );
    const about = { comparison, metrics, metricsId: evaluation.metrics.use, task: spec.task, reproduce };
    return {
      data: await readReportData(
        about,
        groups.flatMap((group) => group.runs),
      ),
      notes,
    };
  } finally {
    await scope.dispose();
  }
}

async function openGroup({ label, backbone, slot, runs }: StrategyGroup, logger: Logger) {
  const [run] = runs as readonly [CollectedRun];
  const { experiment } = await reopenExperiment(run.folder, logger);
  const plugin = experiment.host.registry.get('fusion', slot.use, run.folder);
  const strategy: StrategyRuns = {
    label,
    ...(backbone === undefined ? {} : { backbone }),
    ...traitsOf(plugin, slot),
    results: runs.map(({ result }) => result),
    costs: runs.map(({ cost }) => cost),
    predictions: runs.map(({ predictions }) => predictions),
    introspections: runs.flatMap(({ introspection }) => introspection ?? []),
    missing: runs.flatMap(({ missing }) => missing ?? []),
    emaps: runs.flatMap(({ emap }) => emap ?? []),
  };
  return { experiment, strategy };
}

async function marginOf({ folder }: CollectedRun): Promise<number | undefined> {
  const config = await readJson<{ evaluation?: { margin?: number } }>(folder, 'config');
  return config.evaluation?.margin;
}
