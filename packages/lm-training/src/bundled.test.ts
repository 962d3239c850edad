/** The bundled GPT-2 is what its card says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, LanguageModel, Tokenizer } from '@interfuse/core';
import { onnx } from '@interfuse/engine-onnx';
import { checkpointFolder, loadLanguageModel, loadTokenizer } from '@interfuse/lm-adapters';
import { greedyDecode } from '@interfuse/lm-adapters/generate';
import { countParameters } from '@interfuse/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureHeldOut } from './held-out.js';
import { readDocuments } from './texts/documents.js';
import { heldOutText } from './train-language-model.js';

const folder = checkpointFolder('prose1m', (path) => path);
const card = readFileSync(join(folder, 'README.md'), 'utf8');

/** What the card has at the place of the group. */
function stated(pattern: RegExp): string {
  const [, value] = pattern.exec(card) ?? [];
  if (value === undefined) throw new Error(`The card does not say ${pattern}`);
  return value;
}

let engine: Engine;
let model: LanguageModel;
let tokenizer: Tokenizer;
beforeAll(async () => {
  engine = await (await onnx.load())({ threads: 0, provider: 'cpu' }, { logger: { debug() {}, info() {}, warn() {} } });
  model = await loadLanguageModel(folder, { architecture: 'gpt2' });
  tokenizer = await loadTokenizer(folder, model.config.vocabulary);
});
afterAll(() => engine.dispose());

describe('prose1m', () => {
  it('is a GPT-2 with as many parameters as its card says, a context of 256 and no dropout', () => {
    const { total } = countParameters(model.parameters);
    expect(total.toLocaleString('en-GB')).toBe(stated(/decoder of ([\d,]+) parameters/));
    expect(model.config).toMatchObject({ architecture: 'gpt2', contextLength: 256, vocabulary: 2048 });
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({ attn_pdrop: 0 });
  });

  it('predicts the excerpt beside it, which it was not trained on, as well as its card says', async () => {
    const documents = await readDocuments([join(folder, 'held-out.txt')]);
    const { perplexity } = await measureHeldOut(engine, model, await heldOutText(documents, tokenizer));
    const expected = Number(stated(/`held-out.txt`[^.]*perplexity ([\d.]+\d)/));
    expect(Math.abs(perplexity / expected - 1)).toBeLessThan(0.01);
  });

  it('continues a text as its card shows, every time', async () => {
    const [prompt, continued] = [stated(/^> \*\*(.+?)\*\*/m), stated(/^> \*\*.+?\*\*(.+)$/m)];
    const start = tokenizer.encode(prompt);
    const count = tokenizer.encode(continued).length;
    const tokens = await greedyDecode(model, engine, start, count);
    expect(tokenizer.decode(tokens)).toBe(`${prompt}${continued}`);
    expect(await greedyDecode(model, engine, start, count)).toEqual(tokens);
  });
});
