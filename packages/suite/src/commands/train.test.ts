/** `interfuse train` takes one strategy and one language model, and says how to choose them. */
import type { EffectiveConfig } from '@interfuse/core';
import { expect, it } from 'vitest';
import { requireOne } from './train.js';

const slot = (use: string) => ({ use, options: {}, adaptation: 'frozen' as const, control: 'none' as const });
const config = (fusion: readonly string[], languageModel: readonly string[]) =>
  ({ fusion: fusion.map(slot), languageModel: languageModel.map(slot) }) as unknown as EffectiveConfig;

it('one strategy with one language model, or with none, is taken', () => {
  expect(() => requireOne(config(['late'], ['llama']))).not.toThrow();
  expect(() => requireOne(config(['late'], []))).not.toThrow();
});

it.each([
  ['strategy', config(['late', 'early'], ['llama']), '2: late, early', 'fusion.use=<id>'],
  ['language model', config(['late'], ['llama', 'gpt2']), '2: llama, gpt2', 'languageModel.use=<id>'],
])('several of a %s are not, and the error says how to choose', (_what, several, got, remedy) => {
  expect(() => requireOne(several)).toThrow(
    expect.objectContaining({ code: 'COMMAND_USAGE', got, remedy: expect.stringContaining(remedy) }),
  );
});
