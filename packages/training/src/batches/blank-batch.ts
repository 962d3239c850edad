/** A batch of samples that lack everything, at full lengths: the shapes of a run without its data. */
import type { HostTensors, Sample, Split } from '@interfuse/core';
import { type BatchSettings, createBatchSource } from './batch-source.js';

export interface BlankSettings extends Pick<BatchSettings, 'tokenizer' | 'textLength' | 'streams' | 'wordTimes'> {
  readonly size: number;
  /** Names of the labels beside `task`. */
  readonly labels: readonly string[];
}

export async function blankBatch({ size, labels, ...settings }: BlankSettings): Promise<HostTensors> {
  const samples = Array.from({ length: size }, (_, row): Sample => {
    return { id: String(row), labels: Object.fromEntries(labels.map((name) => [name, 0])) };
  });
  const split: Split = {
    name: 'train',
    samples,
    read: async () => ({ values: new Float32Array(), lengths: [] }),
    close: async () => undefined,
  };
  const source = createBatchSource({ ...settings, split, padding: 'fixed' });
  try {
    return await source.batch([...samples.keys()], () => true);
  } finally {
    await source.close();
  }
}
