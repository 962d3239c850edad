/** What is known about when words are spoken, and where words stand in a text. */
import { describe, expect, it } from 'vitest';
import type { Sample } from './contracts/dataset.js';
import { placeWords, wordsOf, wordTimesOf, wordTimesOfSamples } from './word-times.js';

const stream = { name: 'audio', width: 2, maximumLength: 9 };

describe('the words of a text', () => {
  it('stand between white space, which does not count', () => {
    expect(wordsOf(' the mic\n is  great.')).toEqual([
      { from: 0, to: 3 },
      { from: 3, to: 6 },
      { from: 6, to: 8 },
      { from: 8, to: 14 },
    ]);
  });

  it('are single characters in a script that writes no spaces', () => {
    expect(wordsOf('很好 ok')).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 2 },
      { from: 2, to: 4 },
    ]);
  });

  it('are found in their order, each behind the one before', () => {
    expect(placeWords('So good, so very good.', [{ text: 'good' }, { text: 'so' }, { text: 'very good.' }])).toEqual([
      { from: 2, to: 6 },
      { from: 7, to: 9 },
      { from: 9, to: 18 },
    ]);
    expect(placeWords('So good', [{ text: 'good' }, { text: 'So' }])).toEqual({ lost: 1 });
  });
});

describe('what a dataset knows', () => {
  it('is what the stream of which the least is known allows', () => {
    const of = (wordTimes: 'measured' | 'segments' | undefined, ...paces: (number | 'word' | undefined)[]) =>
      wordTimesOf({
        ...(wordTimes === undefined ? {} : { wordTimes }),
        streams: Object.fromEntries(
          paces.map((pace, i) => [`s${i}`, { ...stream, ...(pace === undefined ? {} : { pace }) }]),
        ),
      });
    expect(of('measured', 8, 25)).toBe('measured');
    expect(of('measured', 8, undefined)).toBe('none');
    expect(of('segments', 8, 'word')).toBe('segments');
    expect(of(undefined, 'word', 'word')).toBe('measured');
    expect(of(undefined, 8)).toBe('none');
  });

  it('is asked of every sample that has a text', () => {
    const sample = (rest: Partial<Sample>): Sample => ({ id: 'a', labels: { task: 0 }, ...rest });
    const timed = sample({ text: 'so good', words: [{ text: 'so', start: 0, end: 1 }] });
    const segments = ['So.', 'Good.'].map((text, i) => ({ start: i, end: i + 1, text }));
    const parts = sample({ text: 'So. Good.', segments });
    expect(wordTimesOfSamples([timed, sample({})])).toBe('measured');
    expect(wordTimesOfSamples([timed, parts])).toBe('segments');
    expect(wordTimesOfSamples([timed, sample({ text: 'so' })])).toBeUndefined();
    expect(wordTimesOfSamples([{ ...parts, text: 'So. Bad.' }])).toBeUndefined();
    expect(wordTimesOfSamples([sample({})])).toBeUndefined();
  });
});
