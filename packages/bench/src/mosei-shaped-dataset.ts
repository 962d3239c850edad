/** A dataset folder with the shapes of unaligned CMU-MOSEI: made-up numbers, and sequences of 50 to 500 steps. */
import type { RaggedRows, Sample } from '@interfuse/core';
import { buildDataset } from '@interfuse/datasets/folder';

const widths = { audio: 74, vision: 35 } as const;
const [shortest, longest] = [50, 500] as const;
const chunk = 64;
const words = ['it', 'was', 'a', 'good', 'film', 'and', 'not', 'bad', 'at', 'all', 'but', 'long', 'in', 'parts'];

/** @returns bytes of the streams of the training split */
export async function writeMoseiShapedDataset(folder: string, samples: number): Promise<number> {
  const sizes = { train: samples, valid: 32, test: 32 };
  let rows = 0;
  await buildDataset(folder, {}, async ({ stream }) => {
    for (const [split, count] of Object.entries(sizes) as [keyof typeof sizes, number][]) {
      for (const [name, width] of Object.entries(widths)) {
        await stream(split, name, { width, count, mostRows: count * longest, chunks: chunksOf(count, width) });
        if (split === 'train') for (let row = 0; row < count; row += 1) rows += lengthOf(row) * width;
      }
    }
    return {
      authored: {
        name: 'mosei-shaped',
        title: 'Made-up numbers in the shapes of CMU-MOSEI',
        task: { kind: 'regression', range: [-3, 3] },
        hasText: true,
        streams: { audio: { width: widths.audio }, vision: { width: widths.vision } },
        labels: { task: 'made up' },
        licence: 'CC0-1.0',
        sources: [{ title: 'made up' }],
      },
      samples: { train: samplesOf('train', samples), valid: samplesOf('valid', 32), test: samplesOf('test', 32) },
    };
  });
  return 4 * rows;
}

/** Spread evenly, in no order. */
function lengthOf(row: number): number {
  return shortest + ((7919 * row) % (longest - shortest + 1));
}

function* chunksOf(count: number, width: number): Generator<RaggedRows> {
  const block = Float32Array.from({ length: chunk * longest * width }, (_, i) => Math.sin(i * i));
  for (let first = 0; first < count; first += chunk) {
    const lengths = Array.from({ length: Math.min(chunk, count - first) }, (_, i) => lengthOf(first + i));
    const steps = lengths.reduce((sum, length) => sum + length, 0);
    yield { values: block.subarray(0, steps * width), lengths };
  }
}

function samplesOf(split: string, count: number): Sample[] {
  return Array.from({ length: count }, (_, row) => ({
    id: `${split}-${row}`,
    text: Array.from({ length: 8 + (row % 17) }, (_word, i) => words[(row + i * i) % words.length]).join(' '),
    labels: { task: (row % 7) - 3 },
  }));
}
