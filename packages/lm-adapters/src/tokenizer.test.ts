import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkpointFolder } from './checkpoint-folder.js';
import { readPieces } from './convert/llama2c.js';
import { type Piece, toTokenizerJson } from './convert/sentence-piece.js';
import { loadTokenizer } from './tokenizer.js';

// The tokenizer of karpathy/tinyllamas (MIT) as it was published.
const published = fileURLToPath(new URL('../../../test/goldens/stories260k/tok512.bin', import.meta.url));
const pieces = readPieces(readFileSync(published), 512, published);
const folder = checkpointFolder('stories260k', (path) => path);
const work = mkdtempSync(join(tmpdir(), 'interfuse-tokenizer-'));
afterAll(() => rmSync(work, { recursive: true }));

/** llama2.c's `encode`, step by step: characters or bytes, then the best-scored neighbours merge, leftmost first. */
function mergeByScore(text: string): number[] {
  const ids = new Map(pieces.map(({ text: piece }, id) => [piece, id]));
  const score = (id: number): number => (pieces[id] as Piece).score;
  const begin = 1;
  if (text === '') return [begin];
  const tokens = Array.from(` ${text}`).flatMap((character) => {
    const id = ids.get(character);
    return id === undefined ? Array.from(new TextEncoder().encode(character), (byte) => byte + 3) : [id];
  });
  for (;;) {
    const unions = tokens.slice(1).map((right, i) => {
      const left = tokens[i] as number;
      return ids.get((pieces[left] as Piece).text + (pieces[right] as Piece).text);
    });
    const scores = unions.map((id) => (id === undefined ? Number.NEGATIVE_INFINITY : score(id)));
    const best = Math.max(...scores);
    if (best === Number.NEGATIVE_INFINITY) return [begin, ...tokens];
    const place = scores.indexOf(best);
    tokens.splice(place, 2, unions[place] as number);
  }
}

const written = [
  '',
  ' ',
  'a',
  'I loved this movie!',
  'The worst phone I have ever bought.',
  ' leading, trailing and   inner spaces ',
  'Wow... Loved this place.',
  'tabs\tand\nnew lines\r\nof two kinds',
  'Crème brûlée, señor? “Naïve” façade – déjà vu…',
  'Größe, Straße, Übermut',
  '日本語のテキスト',
  'Ελληνικά και кириллица',
  'emoji 🙂👍🏽 and a family 👨‍👩‍👧',
  'aaaaaaaaaaaa hahahahaha',
  '10/10 for $5.99 (50% off) & more @ #home ~ `x` ^_^',
  '<0x0A> is six characters here, not a byte',
  'HTML <b>bold</b> &amp; {"json": [1, 2]} \\ /',
  'nbsp\u00a0here, zero\u200bwidth, combining e\u0301',
];

/** Sentences drawn from words and odd characters: the same ones in every run. */
function drawnSentences(count: number): string[] {
  const parts =
    'the there Lily was little girl park playing outside once upon thththe tototo anand ish unbelievably service awful é ñ ø 猫 😀 !? ... -- \t \n 7 XyZ'
      .split(/(?<= )|(?= )/)
      .filter((part) => part !== ' ');
  let state = 1;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: count }, () => {
    const length = 1 + draw(14);
    return Array.from({ length }, () => parts[draw(parts.length)] + (draw(3) > 0 ? ' ' : '')).join('');
  });
}

describe('the tokenizer of stories260k', async () => {
  const sentences = [...written, ...drawnSentences(100)];
  const tokenizer = await loadTokenizer(folder, 512);

  it('merges as llama2.c does, byte for byte', () => {
    for (const sentence of sentences) expect(tokenizer.encode(sentence), sentence).toEqual(mergeByScore(sentence));
  });

  it('gives back every text that it has encoded', () => {
    for (const sentence of sentences) expect(tokenizer.decode(tokenizer.encode(sentence))).toBe(sentence);
  });

  it('begins every text with BOS and pads with the end of text, since the model has no pad token', () => {
    expect(tokenizer.encode('Once upon a time')).toEqual([1, 403, 407, 261, 378]);
    expect(tokenizer.padToken).toBe(2);
  });

  it('is bundled as its generator writes it', () => {
    const bundled = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'));
    expect(bundled).toEqual(toTokenizerJson(pieces));
  });
});

describe('a tokenizer', () => {
  it('with more tokens than the model knows is refused, unless they were added later and no text has one', async () => {
    await expect(loadTokenizer(folder, 400)).rejects.toThrow(
      /LANGUAGE_MODEL_INVALID[\s\S]*at most 400 tokens[\s\S]*up to id 511/,
    );
    const definition = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as { added_tokens: object[] };
    const flags = { special: true, normalized: false, single_word: false, lstrip: false, rstrip: false };
    definition.added_tokens.push({ id: 512, content: '<added>', ...flags });
    writeFileSync(join(work, 'tokenizer.json'), JSON.stringify(definition));
    writeFileSync(join(work, 'config.json'), '{ "eos_token_id": 2 }');
    const tokenizer = await loadTokenizer(work, 512);
    expect(tokenizer.encode('Once upon a time')).toEqual([1, 403, 407, 261, 378]);
    expect(() => tokenizer.encode('<added>')).toThrow(/LANGUAGE_MODEL_INVALID[\s\S]*vocabulary of 512[\s\S]*id 512/);
  });

  it('takes the pad token of its config before the end of text', async () => {
    writeFileSync(join(work, 'tokenizer.json'), readFileSync(join(folder, 'tokenizer.json')));
    writeFileSync(join(work, 'config.json'), '{ "pad_token_id": 7, "eos_token_id": 2 }');
    expect((await loadTokenizer(work, 512)).padToken).toBe(7);
  });

  it('without a token to pad with is refused', async () => {
    writeFileSync(join(work, 'tokenizer.json'), readFileSync(join(folder, 'tokenizer.json')));
    writeFileSync(join(work, 'config.json'), '{}');
    await expect(loadTokenizer(work, 512)).rejects.toMatchObject({ code: 'LANGUAGE_MODEL_INVALID' });
  });

  it('is refused where it is missing or holds something else', async () => {
    await expect(loadTokenizer(join(work, 'absent'), 512)).rejects.toMatchObject({ got: 'no such folder' });
    writeFileSync(join(work, 'tokenizer.json'), '{ "model": 1 }');
    await expect(loadTokenizer(work, 512)).rejects.toMatchObject({ code: 'LANGUAGE_MODEL_INVALID' });
  });
});
