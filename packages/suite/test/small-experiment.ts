/** A small dataset in a folder, and a config over it that trains within a second. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RaggedRows, Sample, SplitName } from '@interfuse/core';
import { writeDataset } from '@interfuse/datasets/folder';

const words = ['good', 'bad', 'fine', 'poor', 'great'];

/** Values that follow from their position; the first feature of each step is the label. */
function rows(labels: readonly number[], width: number, lacks = false): RaggedRows {
  const lengths = labels.map((_, sample) => (lacks && isLacking(sample) ? 0 : 2 + (sample % 3)));
  const values = labels.flatMap((label, sample) =>
    Array.from({ length: (lengths[sample] as number) * width }, (_, i) =>
      i % width === 0 ? label : Math.sin(1 + sample + i),
    ),
  );
  return { values: Float32Array.from(values), lengths };
}

const isLacking = (sample: number): boolean => sample % 3 === 0;

function split(name: SplitName, size: number, step: number, { lacking, only }: Streams) {
  const samples = Array.from({ length: size }, (_, i): Sample => {
    const label = ((i * step) % 13) / 2 - 3;
    const sample = { id: `${name}-${i}`, text: `It was ${words[i % words.length]}.`, labels: { task: label } };
    return lacking !== undefined && isLacking(i) ? { ...sample, missing: [lacking] } : sample;
  });
  const labels = samples.map((sample) => sample.labels.task as number);
  const audio = rows(labels, 4, lacking === 'audio');
  return { samples, streams: only === 'audio' ? { audio } : { audio, vision: rows(labels, 3, lacking === 'vision') } };
}

interface Streams {
  readonly lacking?: 'audio' | 'vision';
  readonly only?: 'audio';
}

/** Writes `<folder>/data` and `<folder>/config.json`, whose runs go to `<folder>/runs`. Another step makes other labels; of the stream that is lacking every third sample has none, and of both there may be only one. */
export async function writeSmallExperiment(
  folder: string,
  changes: object = {},
  { step = 7, ...streams }: Streams & { readonly step?: number } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeDataset(
    join(folder, 'data'),
    {
      name: 'small',
      title: 'A small dataset',
      task: { kind: 'regression', range: [-3, 3] },
      hasText: true,
      streams: { audio: { width: 4 }, ...(streams.only === undefined ? { vision: { width: 3 } } : {}) },
      labels: { task: 'made up' },
      licence: 'CC0-1.0',
      sources: [{ title: 'made up' }],
      referenceFigures: [{ name: 'everything', metric: 'MAE', value: 0, meaning: 'the label is in the streams' }],
    },
    {
      train: split('train', 24, step, streams),
      valid: split('valid', 9, step, streams),
      test: split('test', 10, step, streams),
    },
  );
  const config = {
    name: 'small',
    data: { use: 'folder', options: { path: 'data' }, textLength: 12 },
    encoders: { '*': 'mean' },
    fusion: [{ use: 'unimodal', options: { modality: 'audio' } }, 'late'],
    languageModel: 'llama',
    training: { epochs: 2, batchSize: 8 },
    engine: 'wasm',
    seeds: [1, 2],
    ...changes,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config, null, 2));
}
