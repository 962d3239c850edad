import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSettings } from './settings.js';

const least = { texts: ['a.txt'], output: 'out', model: { width: 8, layers: 1, heads: 2 }, training: { tokens: 100 } };
const read = (changes: object, overrides: string[] = []) => readSettings({ ...least, ...changes } as never, overrides);

describe('settings', () => {
  it('have defaults for all but what is to be trained, on what, and how long', () => {
    expect(read({})).toMatchObject({
      heldOut: 0.02,
      vocabulary: 2048,
      seed: 1,
      weights: 'F16',
      card: {},
      model: { architecture: 'gpt2', contextLength: 256, dropout: 0 },
      training: { batchSize: 8, accumulate: 1, schedule: 'cosine', betas: [0.9, 0.95], evaluateEvery: 200 },
    });
  });

  it('are overridden on the command line', () => {
    expect(read({}, ['training.tokens=7', 'model.architecture=llama'])).toMatchObject({
      training: { tokens: 7 },
      model: { architecture: 'llama' },
    });
  });

  it.each([
    [{ model: { width: 8, layers: 1, heads: 3 } }, 'CONFIG_WRONG_VALUE', 'model.heads'],
    [{ model: { width: 8, layers: 1, heads: 2, depth: 3 } }, 'CONFIG_UNKNOWN_OPTION', 'model.depth'],
    [{ training: {} }, 'CONFIG_MISSING_OPTION', 'training.tokens'],
    [{ heldOut: 1 }, 'CONFIG_WRONG_VALUE', 'heldOut'],
    [{ vocabulary: 256 }, 'CONFIG_WRONG_VALUE', 'vocabulary'],
    [{ texts: [] }, 'CONFIG_WRONG_VALUE', 'texts'],
  ])('that are wrong are named: %j', (changes, code, place) => {
    expect(() => read(changes)).toThrow(expect.objectContaining({ code, place }));
  });

  it('of the guide are accepted, and their defaults are those that it lists', () => {
    const guide = readFileSync(new URL('../../../docs/guides/train-a-language-model.md', import.meta.url), 'utf8');
    const [, written] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? [];
    expect(readSettings(parse(written ?? ''))).toMatchObject({ name: 'My stories', model: { width: 128 } });
    const defaultOf = (setting: string): unknown =>
      JSON.parse((new RegExp(`\\| \`${setting}\` \\| ([^ |]+)`).exec(guide)?.[1] ?? 'null').replaceAll('`', '"'));
    const { heldOut, vocabulary, weights, seed, model, training } = read({});
    expect(['heldOut', 'vocabulary', 'weights', 'seed'].map(defaultOf)).toEqual([heldOut, vocabulary, weights, seed]);
    expect(['model.contextLength', 'model.dropout', 'training.evaluateEvery'].map(defaultOf)).toEqual([
      model.contextLength,
      model.dropout,
      training.evaluateEvery,
    ]);
  });
});
