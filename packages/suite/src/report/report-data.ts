/** All that a report shows of a comparison: the comparison, and of each of its strategies what its runs left behind. */
import type { MetricFamily, Task } from '@interfuse/core';
import type { EpochRecord } from '@interfuse/training/loop';
import type { Comparison, RankedStrategy } from '../comparison/comparison.js';
import { nameOf } from '../comparison/name-of.js';
import { readHistory } from '../run/history.js';
import type { Manifest } from '../run/manifest.js';
import type { RunOutcome } from '../run/outcome.js';
import { readJson } from '../run/run-folder.js';

/** A finished run. */
export interface RunToReport extends RunOutcome {
  /** Absolute path. */
  readonly folder: string;
}

export interface ReportedRun extends RunToReport {
  readonly history: readonly EpochRecord[];
  readonly config: unknown;
  readonly manifest: Manifest;
}

export interface ReportedStrategy {
  readonly ranked: RankedStrategy;
  readonly name: string;
  readonly runs: readonly ReportedRun[];
}

export interface ReportData {
  readonly comparison: Comparison;
  readonly metrics: MetricFamily;
  /** Id of the metric plugin. */
  readonly metricsId: string;
  readonly task: Task;
  /** By rank. */
  readonly strategies: readonly ReportedStrategy[];
  /** Command lines that do the same again. */
  readonly reproduce: readonly string[];
}

/** @throws RUN_INVALID if a file of a run is damaged */
export async function readReportData(
  about: Omit<ReportData, 'strategies'>,
  finished: readonly RunToReport[],
): Promise<ReportData> {
  const byName = new Map(finished.map((run) => [run.result.run, run]));
  const strategies = about.comparison.strategies.map(async (ranked): Promise<ReportedStrategy> => {
    const own = ranked.runs.flatMap((name) => byName.get(name) ?? []);
    return { ranked, name: nameOf(ranked), runs: await Promise.all(own.map(readRun)) };
  });
  return { ...about, strategies: await Promise.all(strategies) };
}

async function readRun(run: RunToReport): Promise<ReportedRun> {
  const { folder } = run;
  return {
    ...run,
    history: await readHistory(folder),
    config: await readJson(folder, 'config'),
    manifest: await readJson<Manifest>(folder, 'manifest'),
  };
}
