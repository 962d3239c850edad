/** Generation: which token is chosen, that the same seed gives the same text, and that letters are shown whole. */
import type { Engine, Tokenizer } from '@interfuse/core';
import { plugins as engines } from '@interfuse/engine-tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { checkpointFolder } from './checkpoint-folder.js';
import { chooseToken } from './choose-token.js';
import { type GenerationSettings, generateTokens } from './generate.js';
import { loadLanguageModel } from './load.js';
import { createTextStream } from './text-stream.js';

/** Probabilities 0.5, 0.25, 0.15, 0.1. */
const logits = [0.1, 0.5, 0.15, 0.25].map(Math.log);
const draws = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
const shares = (choice: Parameters<typeof chooseToken>[1]) => {
  const counts = [0, 0, 0, 0];
  for (const uniform of draws) {
    const token = chooseToken(logits, choice, uniform);
    counts[token] = (counts[token] as number) + 1;
  }
  return counts.map((count) => count / draws.length);
};

describe('a token', () => {
  it('is the likeliest unless a temperature is given, the earlier of two that are equal', () => {
    expect(shares({})).toEqual([0, 1, 0, 0]);
    expect(chooseToken([1, 3, 3], {}, 0.9)).toBe(1);
  });

  it('is drawn with its probability at temperature 1', () => {
    expect(shares({ temperature: 1 })).toEqual([0.1, 0.5, 0.15, 0.25]);
  });

  it('is drawn with the squares of the probabilities at temperature 1/2', () => {
    const squares = [0.01, 0.25, 0.0225, 0.0625];
    const sum = squares.reduce((total, square) => total + square, 0);
    shares({ temperature: 0.5 }).forEach((share, token) => {
      expect(share).toBeCloseTo((squares[token] as number) / sum, 2);
    });
  });

  it('is one of the k likeliest with top-k', () => {
    const [first, second, third, fourth] = shares({ temperature: 1, topK: 2 });
    expect([first, third]).toEqual([0, 0]);
    expect(second).toBeCloseTo(2 / 3, 2);
    expect(fourth).toBeCloseTo(1 / 3, 2);
  });

  it('is one of the fewest that reach the probability with top-p', () => {
    // 0.5 and 0.25 do not reach 0.8; with 0.15 they do.
    const [first, second, third, fourth] = shares({ temperature: 1, topP: 0.8 });
    expect(first).toBe(0);
    expect(second).toBeCloseTo(0.5 / 0.9, 2);
    expect(third).toBeCloseTo(0.15 / 0.9, 2);
    expect(fourth).toBeCloseTo(0.25 / 0.9, 2);
    expect(shares({ temperature: 1, topP: 0.4 })).toEqual([0, 1, 0, 0]);
  });
});

describe('generation', async () => {
  const wasm = engines.find(({ id }) => id === 'wasm');
  const logger = { debug() {}, info() {}, warn() {} };
  const engine = (await (await wasm?.load())?.({} as never, { logger })) as Engine;
  afterAll(() => engine.dispose());
  const model = await loadLanguageModel(checkpointFolder('stories260k', (path) => path));
  const generate = async (settings: GenerationSettings) => {
    const found: number[] = [];
    for await (const token of generateTokens(model, engine, [1, 403, 407], settings)) found.push(token);
    return found;
  };

  it('is the same for the same seed and another for another', async () => {
    const settings = { count: 12, temperature: 1.5, topP: 0.95 };
    const first = await generate({ ...settings, seed: 1 });
    expect(await generate({ ...settings, seed: 1 })).toEqual(first);
    expect(await generate({ ...settings, seed: 2 })).not.toEqual(first);
  });

  it('does not depend on how many tokens are asked for', async () => {
    const long = await generate({ count: 9, temperature: 1, seed: 4 });
    expect(long).toHaveLength(9);
    expect(await generate({ count: 4, temperature: 1, seed: 4 })).toEqual(long.slice(0, 4));
  });

  it('ends before a token that ends a text', async () => {
    const whole = await generate({ count: 6 });
    const end = whole[3] as number;
    expect(await generate({ count: 6, end: [end] })).toEqual(whole.slice(0, whole.indexOf(end)));
  });
});

describe('a stream of text', () => {
  it('shows a letter of several bytes when all of them are there, and takes nothing back', () => {
    const bytes = [...Buffer.from('a🙂é')];
    const tokenizer = { decode: (tokens: readonly number[]) => Buffer.from(tokens).toString('utf8') } as Tokenizer;
    const stream = createTextStream(tokenizer, []);
    expect([...bytes.map((byte) => stream.push(byte)), stream.end()]).toEqual(['a', '', '', '', '🙂', '', 'é', '']);
    const cut = createTextStream(tokenizer, []);
    expect([cut.push(0x61), cut.push(0xf0), cut.end()]).toEqual(['a', '', '\ufffd']);
  });
});
