/** The stages that came before what is compared: they are told of, and take no part in the ranking. */
import type { MetricColumn } from '@interfuse/core';
import { mean, standardDeviation } from '@interfuse/statistics';
import type { FinishedRun, RunLabels } from '../commands/execute-runs.js';
import type { Spread } from './comparison.js';
import { formatCount, formatSpread } from './format.js';

export interface StageSummary {
  readonly name: string;
  /** Label of its language model, if several are compared and it uses one. */
  readonly backbone?: string;
  /** Id of the strategy that it trains. */
  readonly strategy: string;
  /** The selected metric on validation, over the seeds. */
  readonly valid: Spread;
  readonly trainedParameters: number;
  readonly runs: readonly string[];
}

/** @param select the column that selects epochs */
export function summariseStages(finished: readonly FinishedRun[], select: string, labels: RunLabels): StageSummary[] {
  return [...new Set(finished.map(({ run }) => run.strategy))].map((strategy) => {
    const own = finished.filter(({ run }) => run.strategy === strategy);
    const { stage = '', plugin, usesBackbone, choice, parameters } = strategy;
    const backbone = usesBackbone ? labels.backbones[choice.languageModel] : undefined;
    const figures = own.map(({ result }) => result.valid[select] ?? Number.NaN);
    return {
      name: stage,
      ...(backbone === undefined ? {} : { backbone }),
      strategy: plugin.id,
      valid: { mean: mean(figures), deviation: standardDeviation(figures) },
      trainedParameters: parameters.trained,
      runs: own.map(({ run }) => run.name),
    };
  });
}

/** `Stages, one run for each seed: encoders (stream-encoder, 46.2 k trained, valid MAE 1.3616 ± 0.0112).` */
export function stagesLine(stages: readonly StageSummary[], column: MetricColumn): string {
  const said = stages.map(({ name, backbone, strategy, valid, trainedParameters }) => {
    const on = backbone === undefined ? '' : ` on ${backbone}`;
    const figures = `valid ${column.name} ${formatSpread(valid, column)}`;
    return `${name}${on} (${strategy}, ${formatCount(trainedParameters)} trained, ${figures})`;
  });
  return `Stages, one run for each seed: ${said.join('; ')}.`;
}
