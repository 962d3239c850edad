/** Which steps of a stream a token belongs to: by times, by sentences, by words, by letters. */
import type { HostTensor, HostTensors, Sample, StreamSpec, Tokenizer } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { createSmallSplit } from '../small-model.test-support.js';
import { type BatchSettings, createBatchSource } from './batch-source.js';

const begin = 1;
const pieces = ['', '<s>'];

/** A token that begins every text, then one for every two letters; a space begins the token behind it. */
const pairs: Tokenizer = {
  padToken: 0,
  encode: (text) => [
    begin,
    ...(text.match(/\s?\S{1,2}/gu) ?? []).map((piece) => {
      if (!pieces.includes(piece)) pieces.push(piece);
      return pieces.indexOf(piece);
    }),
  ],
  decode: (tokens) =>
    tokens
      .filter((token) => token !== begin)
      .map((token) => pieces[token])
      .join(''),
};

const audio: StreamSpec = { name: 'audio', width: 3, maximumLength: 12 };

/** Spans of a single sample of 6 steps. */
async function spansOf(sample: Partial<Sample>, spec: Partial<StreamSpec>, more: Partial<BatchSettings> = {}) {
  const split = createSmallSplit({
    size: 2,
    change: ({ text: _, ...rest }, row) => (row === 1 ? { ...rest, text: 'x' } : { ...rest, ...sample }),
    sound: () => new Float32Array(6 * 3),
  });
  const streams = { audio: { ...audio, ...spec } };
  const settings = { split, tokenizer: pairs, textLength: 8, streams, padding: 'fixed', wordTimes: true } as const;
  const batch: HostTensors = await createBatchSource({ ...settings, ...more }).batch([0]);
  const { shape, data } = batch['streams/audio/spans'] as HostTensor;
  return Array.from({ length: shape[1] as number }, (_, token) => [...data.slice(2 * token, 2 * token + 2)]);
}

const none = [0, 0];

describe('the span of a token', () => {
  it('is that of its word, by the rate of the stream; a comma belongs to the word before', async () => {
    const words = [
      { text: 'good', start: 0.25, end: 0.5 },
      { text: 'mic', start: 0.5, end: 1.25 },
    ];
    // <s> go od , mi c
    expect(await spansOf({ text: 'good , mic', words }, { pace: 4 })).toEqual([
      none,
      [1, 2],
      [1, 2],
      [1, 2],
      [2, 5],
      [2, 5],
      none,
      none,
    ]);
  });

  it('follows the letters within a sentence whose times are known', async () => {
    const segments = [
      { start: 0, end: 1, text: 'so good' },
      { start: 2, end: 3, text: 'mic' },
    ];
    // so: 2 of 6 letters of the first second, good: the other 4
    const spans = await spansOf({ text: 'so good mic', segments }, { pace: 3 });
    expect(spans.slice(0, 6)).toEqual([none, [0, 1], [1, 3], [1, 3], [6, 9], [6, 9]]);
  });

  it('is the step of its word where a step is a word, and a share where there are more of one', async () => {
    const exact = await spansOf({ text: 'a b c d e f' }, { pace: 'word' });
    expect(exact.slice(0, 7)).toEqual([none, ...[0, 1, 2, 3, 4, 5].map((step) => [step, step + 1])]);
    const shares = await spansOf({ text: 'so good mic' }, { pace: 'word' });
    expect(shares.slice(0, 6)).toEqual([none, [0, 2], [2, 4], [2, 4], [4, 6], [4, 6]]);
  });

  it('follows the letters of the whole text where nothing is known', async () => {
    const spans = await spansOf({ text: 'so good' }, {});
    expect(spans.slice(0, 4)).toEqual([none, [0, 2], [2, 6], [2, 6]]);
    const words = [{ text: 'so', start: 5, end: 6 }];
    expect((await spansOf({ text: 'so', words }, {})).slice(0, 2)).toEqual([none, [0, 6]]);
  });

  it('is cut with the text, and is nothing where the text is withheld', async () => {
    const bucketed = await spansOf({ text: 'so good' }, {}, { padding: 'bucketed' });
    expect(bucketed).toEqual([none, [0, 2], [2, 6], [2, 6]]);
    const split = createSmallSplit({ size: 2 });
    const settings = { split, tokenizer: pairs, textLength: 8, streams: { audio }, padding: 'fixed', wordTimes: true };
    const source = createBatchSource(settings as BatchSettings);
    const withheld = await source.batch([0, 1], (_, modality) => modality === 'text');
    expect((withheld['streams/audio/spans'] as HostTensor).data.every((value) => value === 0)).toBe(true);
    expect(await createBatchSource({ ...settings, wordTimes: false } as BatchSettings).batch([0])).not.toHaveProperty(
      'streams/audio/spans',
    );
  });

  it('needs words that the text has', async () => {
    const words = [{ text: 'bad', start: 0, end: 1 }];
    await expect(spansOf({ text: 'so good', words }, { pace: 4 })).rejects.toMatchObject({
      code: 'DATASET_INVALID',
      place: expect.stringContaining('words[0]'),
      got: '"bad"',
    });
  });
});
