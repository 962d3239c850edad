/** Fits standardisations: mean and deviation of each feature, over the real steps of samples that have the stream. */
import type { Split } from '../contracts/dataset.js';
import type { StreamSpec } from '../contracts/encoder.js';
import type { FeatureStatistics, Statistics, StreamTransform } from '../contracts/transforms.js';
import { applyTransforms, statisticsName } from './apply.js';

/** Samples that are read at a time: memory does not grow with the dataset. */
const blockSize = 64;

/** Each standardisation sees what the transforms before it leave; one in front of another is fitted first. */
export async function fitStream(
  train: Split,
  stream: StreamSpec,
  transforms: readonly StreamTransform[],
): Promise<Statistics> {
  const fitted: Record<string, FeatureStatistics> = {};
  for (const [position, transform] of transforms.entries()) {
    if (!('standardise' in transform)) continue;
    const before = transforms.slice(0, position);
    const moments = new Moments(stream.width);
    for (let first = 0; first < train.samples.length; first += blockSize) {
      const count = Math.min(blockSize, train.samples.length - first);
      const having = Array.from({ length: count }, (_, i) => first + i).filter(
        (row) => !train.samples[row]?.missing?.includes(stream.name),
      );
      const rows = await train.read(stream.name, having);
      moments.add(applyTransforms(rows, stream, before, fitted).values);
    }
    fitted[statisticsName(stream.name, position)] = moments.statistics();
  }
  return fitted;
}

/** Running mean and sum of squared deviations (Welford 1962), which lose no digits to large means. */
class Moments {
  private count = 0;
  private readonly mean: Float64Array;
  private readonly squares: Float64Array;

  constructor(private readonly width: number) {
    this.mean = new Float64Array(width);
    this.squares = new Float64Array(width);
  }

  /** @param values [steps x width] */
  add(values: Float32Array): void {
    for (let row = 0; row < values.length; row += this.width) {
      this.count += 1;
      for (let feature = 0; feature < this.width; feature += 1) {
        const value = values[row + feature] as number;
        const difference = value - (this.mean[feature] as number);
        const mean = (this.mean[feature] as number) + difference / this.count;
        this.mean[feature] = mean;
        this.squares[feature] = (this.squares[feature] as number) + difference * (value - mean);
      }
    }
  }

  statistics(): FeatureStatistics {
    const deviation = Float32Array.from(this.squares, (sum) => Math.sqrt(sum / Math.max(this.count, 1)));
    return { mean: Float32Array.from(this.mean), deviation: deviation.map((value) => (value === 0 ? 1 : value)) };
  }
}
