/**
 * Is what a trained run gains cross-modal? Its predictions where modalities are swapped between test samples, the sum over
 * the modalities that comes closest to them (EMAP; Hessel and Lee 2020, arXiv 2010.06572), and how much worse that does.
 */
import { type Engine, InterfuseError, type MetricColumn } from '@interfuse/core';
import { additiveShare, halves, leastPairings, noiseWeight, type SwapDesign, swapDesign } from '@interfuse/statistics';
import { evaluateStep, type Giver, predictionSize, predictWith, score } from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';
import type { TestKey } from '../run/open-test.js';
import { readPredictions } from '../run/predictions.js';
import type { RunResult } from '../run/result.js';
import type { OpenedSplit, RunData } from '../run/run-data.js';
import { withSelectedWeights } from '../run/selected-weights.js';
import type { Emap } from './emap.js';
import { emapDifference, withoutNoise } from './emap-difference.js';
import { projectOutputs } from './project-outputs.js';

export interface EmapSettings {
  readonly result: RunResult;
  /** The selected one. */
  readonly column: MetricColumn;
  /** Default: the fewest that there may be. */
  readonly pairings?: number;
  readonly signal?: AbortSignal;
  /** Hears of every pairing before it is evaluated. */
  onPairing?(pairing: number, pairings: number): void;
}

/** Changes nothing of the run. @throws COMMAND_USAGE where its modalities cannot be swapped, or pairings are too few; TEST_ALREADY_OPENED */
export async function evaluateEmap(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  key: TestKey,
  settings: EmapSettings,
): Promise<Emap> {
  requireNoWordTimes(run);
  const { result, column, signal, onPairing } = settings;
  const { strategy, seed } = run;
  const { module, metrics } = strategy;
  const test = await data.test(key);
  const { source } = test;
  const design = designOf(run, test, settings.pairings);
  const batchSize = predictionSize(strategy.settings);
  const values = await withSelectedWeights(run, engine, async (store) => {
    const program = engine.compile(evaluateStep({ module, seed }), store);
    const predicted: Float32Array[] = [];
    for (const [index, givers] of design.pairings.entries()) {
      onPairing?.(index, design.pairings.length);
      const giver = giverOf(givers, source.modalities);
      predicted.push(await predictWith(program, { source, batchSize, giver, ...(signal ? { signal } : {}) }));
    }
    return predicted;
  });
  const whole = projectOutputs(design, values);
  const weight = noiseWeight(design);
  const middle = Math.floor(values.length / 2);
  // Where nothing is drawn there is no noise to take away, and a half of the pairings is worth nothing.
  const parts =
    weight === 0
      ? []
      : halves(design).map((half, index) =>
          projectOutputs(half, index === 0 ? values.slice(0, middle) : values.slice(middle)),
        );
  const asFitted = score(metrics, whole.fitted, source);
  const ofParts = parts.map(({ fitted }) => score(metrics, fitted, source));
  const projection = Object.entries(asFitted).map(([name, figure]) => [
    name,
    withoutNoise(weight, [figure, ...ofParts.map((figures) => figures[name] ?? Number.NaN)]),
  ]);
  const predictions = await readPredictions(run.folder, 'test');
  const known = labelledRows(test);
  return {
    format: 1,
    run: run.name,
    weights: test.receipt.checkpoint,
    split: 'test',
    groups: source.modalities.map((modality) => [modality]),
    pairings: design.pairings.length,
    complete: design.isComplete,
    model: result.test,
    projection: Object.fromEntries(projection),
    asFitted,
    difference: emapDifference({
      predictions,
      fitted: [whole, ...parts].map(({ fitted }) => rowsOf(fitted, known, source.size)),
      weight,
      metrics,
      column,
    }),
    additiveShare: additiveShare(design, whole),
  };
}

/** @throws COMMAND_USAGE */
function requireNoWordTimes({ strategy: { plugin } }: RunPlan): void {
  if (plugin.requires.wordTimes === undefined) return;
  throw new InterfuseError('COMMAND_USAGE', {
    place: 'evaluate --emap',
    expected: 'a strategy that does not ask when words are spoken',
    got: `${plugin.id}, which places words in the streams: in those of another sample they are not spoken`,
    remedy: 'Ask a strategy that reads text and streams each by itself.',
  });
}

/** The same swaps for every strategy and seed that is tested on the same samples. */
function designOf({ folder }: RunPlan, { source }: OpenedSplit, pairings: number | undefined): SwapDesign {
  const groups = source.modalities.length;
  const least = leastPairings(groups);
  const { size } = source;
  if (groups < 2 || size < 2) {
    throw new InterfuseError('COMMAND_USAGE', {
      place: folder,
      expected: 'two modalities and two test samples, so that there is something to swap',
      got: `${source.modalities.join(', ')} of ${size}`,
    });
  }
  const wanted = pairings ?? least;
  if (wanted < Math.min(least, size ** (groups - 1))) {
    throw new InterfuseError('COMMAND_USAGE', {
      place: '--emap-pairs',
      expected: `at least ${least} for ${groups} modalities: with fewer, what each adds cannot be told apart`,
      got: String(wanted),
    });
  }
  return swapDesign({ samples: size, groups, pairings: wanted });
}

function giverOf(givers: readonly Int32Array[], modalities: readonly string[]): Giver {
  const by = new Map(modalities.map((modality, group) => [modality, givers[group] as Int32Array]));
  return (row, modality) => by.get(modality)?.[row] as number;
}

function labelledRows({ source }: OpenedSplit): number[] {
  const { known } = source.labels('task');
  return Array.from(known.keys()).filter((row) => known[row] === 1);
}

function rowsOf(values: Float32Array, rows: readonly number[], samples: number): Float32Array {
  const outputs = values.length / samples;
  return Float32Array.from(rows.flatMap((row) => [...values.subarray(row * outputs, (row + 1) * outputs)]));
}
