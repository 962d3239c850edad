import type { Sample } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { audio, createSmallSplit, letters } from '../small-model.test-support.js';
import { createBatchSource } from './batch-source.js';
import { modalityDropout } from './modality-dropout.js';
import type { Withheld } from './withheld.js';

const size = 2000;
const vision = { ...audio, name: 'vision' };

function source(change?: (sample: Sample, row: number) => Sample) {
  const split = createSmallSplit({ size, ...(change ? { change } : {}) });
  return createBatchSource({ split, tokenizer: letters, textLength: 8, streams: { audio, vision }, padding: 'fixed' });
}

/** Share of the samples. */
const share = (withheld: Withheld, modality: string): number =>
  Array.from({ length: size }, (_, row) => withheld(row, modality)).filter(Boolean).length / size;

/** Five standard deviations of the share of 2,000 samples. */
const within = (p: number): number => 5 * Math.sqrt((p * (1 - p)) / size);

describe('modality dropout', () => {
  it('withholds each modality from its share of the samples, and the others from none', () => {
    const withheld = modalityDropout({ audio: 0.4, '*': 0.1, text: 0 }, source(), 7, 0) as Withheld;
    // All three cannot fall together, since text never does.
    expect(Math.abs(share(withheld, 'audio') - 0.4)).toBeLessThan(within(0.4));
    expect(Math.abs(share(withheld, 'vision') - 0.1)).toBeLessThan(within(0.1));
    expect(share(withheld, 'text')).toBe(0);
  });

  it('never withholds all that a sample has, whatever it lacks', () => {
    const lacking = source((sample, row) => (row % 3 === 0 ? { ...sample, missing: ['vision'] } : sample));
    for (const everything of [0.5, 1]) {
      const withheld = modalityDropout({ '*': everything }, lacking, 7, 0) as Withheld;
      for (let row = 0; row < size; row += 1) {
        expect(lacking.present(row).filter((modality) => !withheld(row, modality)).length).toBeGreaterThan(0);
      }
    }
  });

  it('leaves one modality, each as often, where all would fall', () => {
    const withheld = modalityDropout({ '*': 1 }, source(), 7, 0) as Withheld;
    for (const modality of ['text', 'audio', 'vision']) {
      expect(Math.abs(share(withheld, modality) - 2 / 3)).toBeLessThan(within(2 / 3));
    }
  });

  it('depends on seed, epoch and sample, and on nothing else', () => {
    const pattern = (seed: number, epoch: number): string => {
      const withheld = modalityDropout({ audio: 0.5 }, source(), seed, epoch) as Withheld;
      return Array.from({ length: size }, (_, row) => Number(withheld(row, 'audio'))).join('');
    };
    expect(pattern(7, 3)).toBe(pattern(7, 3));
    expect(pattern(7, 4)).not.toBe(pattern(7, 3));
    expect(pattern(8, 3)).not.toBe(pattern(7, 3));
  });

  it('is nothing at all where no share is above 0', () => {
    expect(modalityDropout({}, source(), 7, 0)).toBeUndefined();
    expect(modalityDropout({ audio: 0 }, source(), 7, 0)).toBeUndefined();
  });
});

describe('a withheld modality', () => {
  const missing = source((sample, row) => {
    const { text: _, ...silent } = sample;
    return row === 4 ? { ...sample, missing: ['audio'] } : row === 5 ? silent : sample;
  });
  const rows = [3, 4, 5];

  it('is to the model what a missing one is', async () => {
    const withheld: Withheld = (row, modality) =>
      (row === 4 && modality === 'audio') || (row === 5 && modality === 'text');
    expect(await source().batch(rows, withheld)).toEqual(await missing.batch(rows));
  });

  it('changes nothing of the others: neither values, nor masks, nor labels', async () => {
    const whole = await source().batch(rows);
    for (const modality of ['text', 'audio', 'vision']) {
      const batch = await source().batch(rows, (_row, other) => other === modality);
      const folder = modality === 'text' ? 'text/' : `streams/${modality}/`;
      for (const [path, tensor] of Object.entries(whole)) {
        if (path.startsWith(folder)) expect(batch[path]).not.toEqual(tensor);
        else expect(batch[path]).toEqual(tensor);
      }
    }
  });

  it('is not read', async () => {
    const split = createSmallSplit({ size: 6 });
    const asked: number[] = [];
    const read: typeof split.read = (stream, positions) => {
      asked.push(...positions);
      return split.read(stream, positions);
    };
    const watched = createBatchSource({ split: { ...split, read }, streams: { audio }, padding: 'fixed' });
    await watched.batch([1, 2, 3], (row) => row === 2);
    expect(asked).toEqual([1, 3]);
  });
});
