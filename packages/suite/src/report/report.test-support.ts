/** A comparison of made-up predictions, with all that a report can show, and not a run behind it. */
import type { MetricFamily } from '@interfuse/core';
import { sentimentMetrics } from '@interfuse/training';
import { compareStrategies, type StrategyRuns } from '../comparison/comparison.js';
import type { Emap } from '../emap/emap.js';
import type { Introspection } from '../introspection/introspection.js';
import type { Manifest } from '../run/manifest.js';
import { type MissingMatrix, patternsOf } from '../run/missing-matrix.js';
import type { Predictions } from '../run/predictions.js';
import type { RunResult } from '../run/result.js';
import type { ReportData, ReportedRun } from './report-data.js';

export interface MadeUp {
  readonly strategies: readonly string[];
  readonly seeds: number;
  readonly samples: number;
}

/** Scores from -3 to 3; each strategy a little worse than the one before. */
function predictionsOf(strategy: number, seed: number, samples: number): Predictions {
  const items = Array.from({ length: samples }, (_, item) => item);
  const label = (item: number) => Math.round(30 * Math.sin(item * 1.7)) / 10;
  return {
    ids: items.map((item) => `sample ${item}`),
    groups: items.map((item) => `group ${item % Math.ceil(samples / 2)}`),
    labels: Float32Array.from(items, label),
    values: Float32Array.from(items, (item) => {
      const noise = Math.sin(item * (strategy + 3.1)) + 0.2 * Math.cos(7 * seed + strategy + item);
      return 0.7 * label(item) + (0.5 + 0.15 * strategy) * noise;
    }),
  };
}

function madeUpRun(name: string, strategy: number, seed: number, samples: number): ReportedRun {
  const predictions = predictionsOf(strategy, seed, samples);
  const test = sentimentMetrics.compute(predictions.values, predictions.labels);
  const run = `made-up-${strategy}-s${seed}`;
  const history = [0, 1, 2].map((epoch) => ({
    epoch,
    updates: 10 * (epoch + 1),
    learningRate: 0.001,
    loss: 1 / (epoch + 1),
    losses: {},
    valid: { ...test, MAE: (test.MAE as number) + 0.3 / (epoch + seed) },
  }));
  const result: RunResult = {
    format: 1,
    run,
    strategy: { id: name, version: '1.0.0', options: {}, adaptation: 'frozen', control: 'none' },
    seed,
    data: { name: 'made up', digest: 'd1' },
    engine: 'cpu',
    parameters: { total: 5000, trained: 900 * (strategy + 1) },
    flops: { prediction: 2e6 * (strategy + 1), training: 5e6 * (strategy + 1) },
    epochs: 3,
    selected: { epoch: 2, column: 'MAE', value: history[2]?.valid.MAE as number },
    weights: run,
    valid: test,
    test,
    byTag: { long: { samples: 3, figures: test } },
    constant: { name: 'training median', value: 0, valid: test, test: { ...test, MAE: 2 } },
  };
  return {
    folder: run,
    result,
    predictions,
    history,
    cost: {
      preparationSeconds: 1,
      trainingSeconds: 10 * (strategy + 1),
      evaluationSeconds: 1,
      peakMemoryMegabytes: 100,
    },
    config: { name, note: 'a <config>' },
    manifest: { interfuse: '1.2.3', run } as Manifest,
    ...(strategy === 0
      ? { missing: missingOf(run, result), emap: emapOf(run, result), introspection: introspectionOf(run, result) }
      : {}),
  };
}

function missingOf(run: string, { weights, test }: RunResult): MissingMatrix {
  const modalities = ['text', 'audio', 'vision'];
  const cells = patternsOf(modalities).map(({ kept, rate }) => {
    const figures = { ...test, MAE: (test.MAE as number) + (rate * (3 - kept.length)) / 3 };
    return { kept, rate, valid: { figures, withoutAny: 0 }, test: { figures, withoutAny: 0 } };
  });
  return { format: 1, run, weights, policy: 'mask', modalities, rates: [0.25, 0.5, 0.75, 1], cells };
}

/** The additive part is worse by 0.02. */
function emapOf(run: string, { weights, test }: RunResult): Emap {
  const projection = { ...test, MAE: (test.MAE as number) + 0.02 };
  return {
    format: 1,
    run,
    weights,
    split: 'test',
    groups: [['text'], ['audio'], ['vision']],
    pairings: 8,
    complete: false,
    model: test,
    projection,
    asFitted: { ...test, MAE: (test.MAE as number) + 0.03 },
    difference: { column: 'MAE', value: 0.02, interval: [0.01, 0.03], groups: 20 },
    additiveShare: 0.875,
  };
}

function introspectionOf(run: string, { weights, valid }: RunResult): Introspection {
  const mean = [
    [0.1, 0.9],
    [0.4, 0.6],
  ];
  return {
    format: 1,
    run,
    strategy: 'made up',
    task: 'regression',
    weights,
    split: 'valid',
    samples: 20,
    epoch: 2,
    gates: [{ name: 'gates/1', values: [0.5], byEpoch: [[0.4], [0.45], [0.5]] }],
    attention: [{ name: 'wordAttention/1', axes: ['token', 'word'], mean, samples: [20, 20] }],
    singles: [],
    whole: valid,
    occlusion: [{ modality: 'text', samples: 20, figures: valid, change: 0.2 }],
  };
}

export function madeUpReport(
  { strategies, seeds, samples }: MadeUp,
  metrics: MetricFamily = sentimentMetrics,
): ReportData {
  const numbers = Array.from({ length: seeds }, (_, index) => index + 1);
  const made = strategies.map((label, strategy) => ({
    label,
    runs: numbers.map((seed) => madeUpRun(label, strategy, seed, samples)),
  }));
  const toCompare = made.map(
    ({ label, runs }, index): StrategyRuns => ({
      label,
      category: index === strategies.length - 1 ? 'none' : 'deep',
      adapted: false,
      results: runs.map(({ result }) => result),
      costs: runs.map(({ cost }) => cost),
      predictions: runs.map(({ predictions }) => predictions),
      introspections: runs.flatMap(({ introspection }) => introspection ?? []),
      missing: runs.flatMap(({ missing }) => missing ?? []),
      emaps: runs.flatMap(({ emap }) => emap ?? []),
    }),
  );
  const settings = { name: 'made up', dataset: 'made up', seeds: numbers, metrics, select: 'MAE', references: [] };
  const comparison = compareStrategies(settings, toCompare);
  return {
    comparison,
    metrics,
    metricsId: 'sentiment',
    task: { kind: 'regression', range: [-3, 3] },
    strategies: comparison.strategies.map((ranked) => ({
      ranked,
      name: ranked.label,
      runs: made.find(({ label }) => label === ranked.label)?.runs ?? [],
    })),
    reproduce: ['interfuse compare made-up.yaml'],
  };
}
