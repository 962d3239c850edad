import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tokenizer } from '@interfuse/core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from './tokenizer.js';

const work = mkdtempSync(join(tmpdir(), 'interfuse-word-piece-'));
afterAll(() => rmSync(work, { recursive: true }));

const vocabulary = [
  ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
  ...['我', '爱', '你', '好', '，', '!', ',', 'play', '##ing', '##in', '##s', 'hello', 'cafe', 'Hello', '##我'],
];

/** A folder as Chinese GPT-2 models have it: no tokenizer.json. */
async function open(settings: object = { tokenizer_class: 'BertTokenizer' }, words = vocabulary): Promise<Tokenizer> {
  const folder = mkdtempSync(join(work, 'model-'));
  writeFileSync(join(folder, 'vocab.txt'), `${words.join('\n')}\n`);
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(settings));
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ model_type: 'gpt2', vocab_size: words.length, n_embd: 4, n_head: 2, n_layer: 1, n_positions: 16 }),
  );
  return loadTokenizer(folder, words.length);
}

/** Expected pieces by the rules of BERT's BasicTokenizer and WordPiece (arXiv 1810.04805 and its released program). */
const cases: [text: string, pieces: string[]][] = [
  ['', []],
  ['我爱你', ['我', '爱', '你']],
  ['我 爱\t你\n', ['我', '爱', '你']],
  ['你好，我', ['你', '好', '，', '我']],
  // A Chinese character is a word of its own, also inside a Latin one.
  ['hello我play', ['hello', '我', 'play']],
  ['playing plays', ['play', '##ing', 'play', '##s']],
  ['HELLO, Café!', ['hello', ',', 'cafe', '!']],
  // One piece that is missing makes the whole word unknown.
  ['playings playx 猫', ['play', '##ing', '##s', '[UNK]', '[UNK]']],
  ['我[MASK]你', ['我', '[MASK]', '你']],
];

describe('a vocab.txt of BERT', () => {
  it.each(cases)('cuts %j as BERT does, between [CLS] and [SEP]', async (text, pieces) => {
    const tokenizer = await open();
    const tokens = tokenizer.encode(text).map((id) => vocabulary[id]);
    expect(tokens).toEqual(['[CLS]', ...pieces, '[SEP]']);
  });

  it('pads with [PAD], which is token 0, though no file names it', async () => {
    expect((await open({})).padToken).toBe(0);
  });

  it('keeps [SEP] where a text is cut off', async () => {
    const tokens = (await open()).encode('我爱你好', 4);
    expect(tokens.map((id) => vocabulary[id])).toEqual(['[CLS]', '我', '爱', '[SEP]']);
  });

  it('leaves capitals and accents where the folder says so', async () => {
    const tokenizer = await open({ tokenizer_class: 'BertTokenizerFast', do_lower_case: false });
    expect(tokenizer.encode('Hello Café').map((id) => vocabulary[id])).toEqual(['[CLS]', 'Hello', '[UNK]', '[SEP]']);
  });

  it('gives the text back from its tokens', async () => {
    const tokenizer = await open();
    expect(tokenizer.decode(tokenizer.encode('hello, playing!'))).toBe('hello, playing!');
  });

  it('without a token that every text needs is refused, and so is one of another tokenizer', async () => {
    await expect(open({}, vocabulary.slice(0, 2))).rejects.toMatchObject({
      code: 'LANGUAGE_MODEL_INVALID',
      got: 'no [CLS]',
    });
    await expect(open({ tokenizer_class: 'XLNetTokenizer' })).rejects.toMatchObject({
      code: 'LANGUAGE_MODEL_INVALID',
      got: 'XLNetTokenizer',
    });
  });
});
