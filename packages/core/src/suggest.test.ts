/** "Did you mean": near words are found, far ones are not. */
import { describe, expect, it } from 'vitest';
import { editDistance, suggest } from './suggest.js';

describe('suggest', () => {
  it('finds a word with a letter too many, too few, changed or swapped', () => {
    const known = ['early', 'late', 'shallow', 'deepmlf'];
    expect(suggest('deepmmlf', known)).toBe('deepmlf');
    expect(suggest('shalow', known)).toBe('shallow');
    expect(suggest('lote', known)).toBe('late');
    expect(suggest('deepmfl', known)).toBe('deepmlf');
  });

  it('does not count case', () => {
    expect(suggest('mae', ['Corr', 'MAE'])).toBe('MAE');
  });

  it('stays silent when nothing is near', () => {
    expect(suggest('transformer', ['early', 'late'])).toBeUndefined();
    expect(suggest('x', [])).toBeUndefined();
  });
});

describe('editDistance', () => {
  it('counts a swap of neighbours as one edit', () => {
    expect(editDistance('ab', 'ba')).toBe(1);
  });

  it('is 3 from kitten to sitting (the textbook pair)', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });

  it('is the length of a word from nothing', () => {
    expect(editDistance('', 'depth')).toBe(5);
    expect(editDistance('depth', '')).toBe(5);
  });
});
