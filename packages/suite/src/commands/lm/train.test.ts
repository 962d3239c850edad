import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLanguageModel } from '@interfuse/lm-adapters';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandIn } from '../../../test/command-in-process.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-lm-train-'));
  const text = Array.from({ length: 200 }, (_, i) => `${i % 3 === 0 ? 'the cat' : 'the dog'} sat on mat ${i}.`);
  await writeFile(join(folder, 'one.txt'), text.slice(0, 180).join(' '));
  await writeFile(join(folder, 'two.txt'), text.slice(180).join(' '));
  await writeFile(
    join(folder, 'model.json'),
    JSON.stringify({
      name: 'cats',
      texts: ['one.txt', 'two.txt'],
      output: 'cats',
      vocabulary: 270,
      model: { width: 8, layers: 1, heads: 2, contextLength: 8 },
      training: { tokens: 320, batchSize: 4, evaluateEvery: 5 },
    }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const interfuse = (...args: string[]) => commandIn(folder, ['lm', 'train', ...args]);

describe('interfuse lm train', () => {
  it('prints a line for each measurement, and leaves a model that the adapters read', async () => {
    const { code, out } = await interfuse('model.json');
    expect(code).toBe(0);
    expect(out).toMatch(/^[\d,]+ parameters\. Documents to train on: 1 \([\d,]+ tokens\); held out: 1 \(/);
    expect(out).toMatch(/^ +5 +160 +\d\.\d{4} +\d\.\d{4} +\d+\.\d\d +\d\.\d{4}$/m);
    expect(out).toMatch(/^ +10 +320 /m);
    expect(out).toMatch(/holds the weights of step \d+: held-out perplexity \d+\.\d\d/);
    expect((await loadLanguageModel(join(folder, 'cats'))).config.vocabulary).toBeLessThanOrEqual(270);
  });

  it('does nothing again that is done', async () => {
    const { code, out } = await interfuse('model.json');
    expect(code).toBe(0);
    expect(out).not.toMatch(/^ +5 /m);
    expect(out).toMatch(/holds the weights of step/);
  });

  it.each([
    [['model.json', 'model.heads=3'], /^CONFIG_WRONG_VALUE[\s\S]*model\.heads/],
    [['model.json', 'texts=[three.txt]'], /^FILE_NOT_FOUND[\s\S]*three\.txt/],
    [['nothing.yaml'], /^CONFIG_NOT_FOUND[\s\S]*nothing\.yaml/],
    [['model.json', 'training.learningRate=0.5'], /^CHECKPOINT_MISMATCH[\s\S]*run\.json/],
    [[], /^COMMAND_USAGE/],
  ])('ends with code 2 for bad input: %j', async (args, error) => {
    expect(await interfuse(...args)).toMatchObject({ code: 2, error: expect.stringMatching(error) });
  });
});
