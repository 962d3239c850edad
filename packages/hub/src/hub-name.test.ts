/** Names of models on the Hub: what has their form, and that no name leads out of the cache. */
import { describe, expect, it } from 'vitest';
import { parseHubName, showHubName } from './hub-name.js';

describe('a name', () => {
  it.each([
    ['HuggingFaceTB/SmolLM2-135M', 'HuggingFaceTB/SmolLM2-135M', 'main'],
    ['gpt2', 'gpt2', 'main'],
    ['org/model@v1.0', 'org/model', 'v1.0'],
    ['org/model@refs/pr/1', 'org/model', 'refs/pr/1'],
  ])('%s', (text, name, revision) => {
    expect(parseHubName(text)).toEqual({ name, revision });
    expect(showHubName({ name, revision })).toBe(text);
  });

  it.each([
    '',
    './model',
    '../model',
    '/models/x',
    'a/b/c',
    'org/..',
    'org/a..b',
    'org--x/model',
    'org/model@../../x',
    'org/model@',
    'org/ model',
    'org/model@a//b',
  ])('%j is none', (text) => expect(parseHubName(text)).toBeUndefined());
});
