/** Means of the loss and its terms over the samples of an epoch. */
import type { HostTensors } from '@interfuse/core';

const termPrefix = 'losses/';

export class LossMeans {
  private readonly sums = new Map<string, number>();
  private samples = 0;

  /** @returns the loss of this batch */
  add(outputs: HostTensors, samples: number): number {
    this.samples += samples;
    for (const [path, { data }] of Object.entries(outputs)) {
      this.sums.set(path, (this.sums.get(path) ?? 0) + samples * (data[0] as number));
    }
    return outputs.loss?.data[0] as number;
  }

  current(): { loss: number; losses: Record<string, number> } {
    const mean = (path: string): number => (this.sums.get(path) ?? Number.NaN) / this.samples;
    const terms = [...this.sums.keys()].filter((path) => path.startsWith(termPrefix));
    return {
      loss: mean('loss'),
      losses: Object.fromEntries(terms.map((path) => [path.slice(termPrefix.length), mean(path)])),
    };
  }
}
