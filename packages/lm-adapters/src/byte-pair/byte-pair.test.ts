import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawKey, uniformAt } from '@interfuse/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from '../tokenizer.js';
import { byteLetters } from './bytes.js';
import { tokenizerFiles, vocabularySize } from './tokenizer-files.js';
import { type Merge, trainMerges } from './train.js';
import { countWords } from './words.js';

/** The example of Sennrich et al. 2016, section 3.2: without their end-of-word sign, since bytes have none. */
const example = new Map([
  ['low', 5],
  ['lower', 2],
  ['newest', 6],
  ['widest', 3],
]);

/** The merges as people write them. */
function spell(merges: readonly Merge[]): string[] {
  const pieces = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  return merges.map(([left, right]) => {
    pieces.push(`${pieces[left]}${pieces[right]}`);
    return `${pieces[left]} ${pieces[right]}`;
  });
}

describe('merges', () => {
  it('of the classic example are those that one finds by hand', () => {
    // e s and s t are met 9 times each; l o and o w 7 times; n e, e w and w est 6 times; then 3 times, then 2.
    expect(spell(trainMerges(example, 100))).toEqual([
      ...['e s', 'es t', 'l o', 'lo w', 'e w', 'n ew', 'new est'],
      ...['d est', 'i dest', 'w idest', 'e r', 'low er'],
    ]);
  });

  it('end where no pair is met twice, and before when no more are wanted', () => {
    expect(trainMerges(new Map([['ab', 1]]), 5)).toEqual([]);
    expect(spell(trainMerges(example, 2))).toEqual(['e s', 'es t']);
  });

  it('do not depend on the order of the words', () => {
    const words = countWords([
      'the quick brown fox thinks that the other foxes bother the brown thing, and others too',
    ]);
    const reversed = new Map([...words].reverse());
    expect(trainMerges(reversed, 40)).toEqual(trainMerges(words, 40));
  });

  it('count a piece that overlaps itself as often as it can be joined', () => {
    // aaaa: a a is met 3 times and joined twice, then aa aa once in each of two words.
    expect(spell(trainMerges(new Map([['aaaa', 2]]), 5))).toEqual(['a a', 'aa aa']);
    expect(spell(trainMerges(new Map([['aaa', 2]]), 5))).toEqual(['a a', 'aa a']);
  });

  it('are not made in half', () => {
    expect(() => trainMerges(example, 1.5)).toThrow(/CONFIG_WRONG_VALUE/);
  });
});

describe('words', () => {
  it('are cut as GPT-2 cuts them: at contractions, blanks, and between letters, digits and signs', () => {
    expect([...countWords(["I'm  here, 2nd!\n"]).keys()]).toEqual([
      'I',
      "'m",
      ' ',
      ' here',
      ',',
      ' 2',
      'nd',
      '!',
      '\n',
    ]);
  });

  it('are counted over all texts', () => {
    expect(countWords(['a b a', ' b']).get(' b')).toBe(2);
  });
});

it('bytes are written with the letters of GPT-2: Ġ for a blank, Ċ for a line end', () => {
  expect(byteLetters[0x20]).toBe('Ġ');
  expect(byteLetters[0x0a]).toBe('Ċ');
  expect(byteLetters[0x41]).toBe('A');
  // The soft hyphen is the last of the 68 that are not printable.
  expect(byteLetters[0xad]).toBe(String.fromCodePoint(0x100 + 67));
  expect(new Set(byteLetters).size).toBe(256);
});

describe('the files that are written', () => {
  let folder: string;
  const words = ['low', 'low', 'low', 'low', 'low', 'lower', 'lower', 'newest', 'newest', 'newest', 'newest', 'newest'];
  const merges = trainMerges(countWords([words.join('\n')]), 30);
  const files = tokenizerFiles(merges, 64);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interfuse-byte-pair-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await writeFile(join(folder, 'config.json'), '{}');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("make a tokenizer that applies the merges, in Hugging Face's library", async () => {
    const { encode } = await loadTokenizer(folder, vocabularySize(merges));
    const ids = (text: string): number[] => encode(text);
    expect(ids('newest')).toHaveLength(1);
    expect(ids('slow')).toHaveLength(2);
    expect(ids('')).toEqual([]);
  });

  it('end a text, and pad, with the last id', async () => {
    const tokenizer = await loadTokenizer(folder, vocabularySize(merges));
    expect(tokenizer.padToken).toBe(vocabularySize(merges) - 1);
    expect(tokenizer.encode('low<|endoftext|>').at(-1)).toBe(tokenizer.padToken);
  });

  it('give back any text', async () => {
    const { encode, decode } = await loadTokenizer(folder, vocabularySize(merges));
    const texts = [
      '  two  blanks ',
      'a\r\n\tb\n\n',
      'naïve café, 東京 🙂👩‍👩‍👧 Ω',
      '\u0000\u007f\u00ad',
      "don't <|endoftext",
      ...randomTexts(200),
    ];
    for (const text of texts) expect(decode(encode(text)), JSON.stringify(text)).toBe(text);
  });

  it('hold the vocabulary and the merges in the older form, too', () => {
    const vocab = JSON.parse(files['vocab.json'] as string) as Record<string, number>;
    const rules = (files['merges.txt'] as string).trimEnd().split('\n').slice(1);
    expect(Object.keys(vocab)).toHaveLength(vocabularySize(merges));
    expect(new Set(Object.values(vocab)).size).toBe(vocabularySize(merges));
    rules.forEach((rule, index) => {
      expect(vocab[rule.replace(' ', '')]).toBe(256 + index);
    });
  });
});

/** Any code points but halves of surrogate pairs, which are no text. */
function randomTexts(count: number): string[] {
  return Array.from({ length: count }, (_, text) => {
    const draw = drawKey(7, text, 0);
    const codes = Array.from({ length: 1 + (text % 12) }, (_, i) => {
      const highest = [0x7f, 0x7ff, 0xffff, 0x10ffff][i % 4] as number;
      return Math.floor(uniformAt(draw, i) * highest);
    });
    return String.fromCodePoint(...codes.filter((code) => code < 0xd800 || code > 0xdfff));
  });
}
