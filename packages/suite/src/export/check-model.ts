/** Runs an exported file as anybody would, and compares what it predicts with what the run's engine predicts. */
import { type Engine, type HostTensor, type HostTensors, InterfuseError } from '@interfuse/core';
import { openModel } from '@interfuse/engine-onnx/export';
import { type BatchSource, evaluateStep, scalarInt } from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';
import { withSelectedWeights } from '../run/selected-weights.js';

/** Relative to the prediction where that is larger than 1. */
const tolerance = 1e-5;

/** Samples that are compared, at most, unless a batch is larger. */
const mostSamples = 12;

/** Sizes of batch that are tried where any is possible. */
const trialSizes = [1, 3] as const;

export interface Trial {
  /** Positions of samples in the split. */
  readonly rows: readonly number[];
  /** [rows x outputs]. */
  readonly expected: Float32Array;
  readonly batches: readonly Batch[];
}

interface Batch {
  /** Position of its first sample among the rows. */
  readonly first: number;
  readonly inputs: HostTensors;
}

export interface Agreement {
  readonly samples: number;
  readonly sizes: readonly number[];
  readonly largestDifference: number;
}

/** What the engine of the run predicts with the selected weights for some samples, and the same samples in small batches. */
export async function prepareTrial(
  run: RunPlan,
  engine: Engine,
  source: BatchSource,
  batch: number | undefined,
): Promise<Trial> {
  const { module } = run.strategy;
  const rows = trialRows(source.size, batch);
  return withSelectedWeights(run, engine, async (store) => {
    const program = engine.compile(evaluateStep({ module, seed: run.seed }), store);
    const { prediction } = await program.run({ ...(await source.batch(rows)), epoch: scalarInt(0) });
    const batches: Batch[] = [];
    for (const size of batch === undefined ? trialSizes : [batch]) {
      for (let first = 0; first + size <= rows.length; first += size) {
        batches.push({ first, inputs: await source.batch(rows.slice(first, first + size)) });
      }
    }
    return { rows, expected: (prediction as HostTensor).data as Float32Array, batches };
  });
}

/** Samples from all over the split; where the size of batch is given, one batch, if need be with repetitions. */
function trialRows(size: number, batch: number | undefined): number[] {
  const count = batch ?? Math.max(...trialSizes, Math.min(mostSamples, size));
  return Array.from({ length: count }, (_, i) => (count <= size ? Math.floor((i * size) / count) : i % size));
}

/** @throws EXPORT_DIFFERS if the largest difference is out of tolerance */
export async function checkModel(file: string, { rows, expected, batches }: Trial): Promise<Agreement> {
  const outputs = expected.length / rows.length;
  const session = await openModel(file);
  let largestDifference = 0;
  try {
    for (const { first, inputs } of batches) {
      const { data, shape } = (await session.run(inputs)).prediction as HostTensor;
      for (const [i, value] of data.entries()) {
        const wanted = expected[first * outputs + i] as number;
        const difference = Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
        // Not a number is no agreement either.
        if (!(difference <= tolerance)) {
          throw differs(
            `validation sample ${rows[first + Math.floor(i / outputs)]}, in a batch of ${shape[0]}`,
            wanted,
            value,
          );
        }
        largestDifference = Math.max(largestDifference, difference);
      }
    }
  } finally {
    await session.close();
  }
  const sizes = [...new Set(batches.map(({ inputs }) => (inputs.rows as HostTensor).shape[0] as number))];
  return { samples: rows.length, sizes, largestDifference };
}

function differs(place: string, expected: number, got: number): InterfuseError {
  return new InterfuseError('EXPORT_DIFFERS', {
    place,
    expected: `${expected}, to ${tolerance} (relative where it is larger than 1)`,
    got: String(got),
  });
}
