/** Byte-level tokenizers: vocab.json with merges.txt and tokenizer.json say the same, and so does the algorithm as it was published. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from './tokenizer.js';

const work = mkdtempSync(join(tmpdir(), 'interfuse-byte-level-'));
afterAll(() => rmSync(work, { recursive: true }));

/** The letters for bytes, as `bytes_to_unicode` of GPT-2's encoder.py lists them: printable bytes, then the others from 256 on. */
function bytesToUnicode(): string[] {
  const range = (from: string, to: string) =>
    Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_, i) => from.charCodeAt(0) + i);
  const printable = [...range('!', '~'), ...range('¡', '¬'), ...range('®', 'ÿ')];
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    if (printable.includes(byte)) return String.fromCharCode(byte);
    next += 1;
    return String.fromCharCode(next - 1);
  });
}

const letters = bytesToUnicode();
const spell = (text: string) => Array.from(Buffer.from(text, 'utf8'), (byte) => letters[byte]).join('');

/** Merges that make whole words, accented letters and emoji, character by character, and runs of blanks. */
const merges: [string, string][] = [];
for (const word of ['the', ' the', 'ing', ' hello', 'é', ' ca', '🙂', '猫', '    ', '\n\n', "'ll", '12']) {
  const [first, ...others] = [...spell(word)];
  let whole = first as string;
  for (const letter of others) {
    if (!merges.some(([left, right]) => left === whole && right === letter)) merges.push([whole, letter]);
    whole += letter;
  }
}
const end = '<|endoftext|>';
const pieces = [...letters, ...merges.map(([left, right]) => left + right), end];
const vocabulary = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
const endId = vocabulary[end] as number;

/** encoder.py of GPT-2 (OpenAI 2019), `bpe` and `encode`: the merge of lowest rank, everywhere, until none is left. */
function encodeAsPublished(text: string): number[] {
  const pattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
  const rank = new Map(merges.map(([left, right], i) => [`${left} ${right}`, i]));
  return (text.match(pattern) ?? []).flatMap((word) => {
    let parts = [...spell(word)];
    for (;;) {
      const ranks = parts.slice(1).map((right, i) => rank.get(`${parts[i]} ${right}`) ?? Number.POSITIVE_INFINITY);
      const best = Math.min(...ranks);
      if (!Number.isFinite(best)) return parts.map((part) => vocabulary[part] as number);
      const [left, right] = merges[best] as [string, string];
      const joined: string[] = [];
      for (let i = 0; i < parts.length; i += 1) {
        const isPair = parts[i] === left && parts[i + 1] === right;
        joined.push(isPair ? left + right : (parts[i] as string));
        if (isPair) i += 1;
      }
      parts = joined;
    }
  });
}

const texts = [
  '',
  ' ',
  'hello',
  'Hello hello  the   thing',
  "they'll say it's 12 or 1212",
  'café, CAFÉ and cafe\u0301',
  'emoji 🙂🙂 👍🏽 and 👨‍👩‍👧, a cat: 猫猫',
  '     five blanks, a tab\t\t, line ends\n\n\n and \r\n',
  'nbsp\u00a0here, zero\u200bwidth, ünïcödé, Ελληνικά',
  '\u0000\u0001 control',
  'trailing   ',
];

function write(
  name: string,
  files: Readonly<Record<string, unknown>>,
): Promise<Awaited<ReturnType<typeof loadTokenizer>>> {
  const folder = mkdtempSync(join(work, `${name}-`));
  for (const [file, content] of Object.entries({ 'config.json': {}, ...files })) {
    writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return loadTokenizer(folder, 10_000);
}

const older = {
  'vocab.json': vocabulary,
  'merges.txt': `#version: 0.2\n${merges.map((pair) => pair.join(' ')).join('\n')}\n`,
};
const named = { tokenizer_class: 'GPT2Tokenizer', eos_token: end, bos_token: end, unk_token: end };
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const whole = {
  added_tokens: [
    { id: endId, content: end, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
  ],
  normalizer: null,
  pre_tokenizer: byteLevel,
  post_processor: byteLevel,
  decoder: byteLevel,
  model: { type: 'BPE', vocab: vocabulary, merges: merges.map((pair) => pair.join(' ')) },
};

describe('a byte-level tokenizer', () => {
  it('of vocab.json and merges.txt encodes as GPT-2 published it, byte for byte', async () => {
    const tokenizer = await write('older', { ...older, 'tokenizer_config.json': named });
    for (const text of texts) expect(tokenizer.encode(text), text).toEqual(encodeAsPublished(text));
  });

  it('says the same as tokenizer.json', async () => {
    const tokenizer = await write('older', { ...older, 'tokenizer_config.json': named });
    const other = await write('whole', { 'tokenizer.json': whole, 'tokenizer_config.json': named });
    for (const text of [...texts, `one${end}two`]) expect(tokenizer.encode(text), text).toEqual(other.encode(text));
    expect(tokenizer.padToken).toBe(other.padToken);
  });

  it('gives back every text that it has encoded', async () => {
    const tokenizer = await write('older', {
      ...older,
      'tokenizer_config.json': { ...named, clean_up_tokenization_spaces: false },
    });
    for (const text of texts) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('adds neither a beginning nor an end, and pads with the end of text (GPT-2)', async () => {
    const tokenizer = await write('bare', { ...older, 'config.json': { eos_token_id: endId } });
    expect(tokenizer.encode('the')).toEqual([vocabulary.the]);
    expect(tokenizer.encode(end)).toEqual([endId]);
    expect(tokenizer.padToken).toBe(endId);
  });

  it('begins with a token where add_bos_token says so, and pads with a token that was added (OPT)', async () => {
    const tokenizer = await write('opt', {
      ...older,
      'added_tokens.json': { '<s>': endId + 1, '<pad>': endId + 2 },
      'special_tokens_map.json': { bos_token: { content: '<s>' }, pad_token: '<pad>' },
      'tokenizer_config.json': { tokenizer_class: 'GPT2Tokenizer', add_bos_token: true },
    });
    expect(tokenizer.encode('the')).toEqual([endId + 1, vocabulary.the]);
    expect(tokenizer.padToken).toBe(endId + 2);
    expect(tokenizer.decode([endId + 1, vocabulary.the as number, endId + 2])).toBe('the');
  });

  it('takes tokens and how they are met from added_tokens_decoder', async () => {
    const tokenizer = await write('decoder', {
      ...older,
      'tokenizer_config.json': {
        ...named,
        added_tokens_decoder: {
          [endId]: { content: end, special: true },
          [endId + 1]: { content: '<mark>', lstrip: true, special: false },
        },
      },
    });
    expect(tokenizer.encode('the  <mark>the')).toEqual([vocabulary.the, endId + 1, vocabulary.the]);
  });

  it('puts a blank before every text where add_prefix_space says so', async () => {
    const tokenizer = await write('prefix', {
      ...older,
      'tokenizer_config.json': { ...named, add_prefix_space: true },
    });
    expect(tokenizer.encode('the')).toEqual(encodeAsPublished(' the'));
  });

  it('of Qwen2 normalises, and takes digits one by one', async () => {
    const tokenizer = await write('qwen2', {
      ...older,
      'tokenizer_config.json': { ...named, tokenizer_class: 'Qwen2Tokenizer' },
    });
    const [one, two] = ['1', '2'].map((digit) => vocabulary[digit]);
    expect(tokenizer.encode('12')).toEqual([one, two]);
    expect(tokenizer.encode('e\u0301')).toEqual(tokenizer.encode('é'));
    expect(tokenizer.encode("THEY'LL")).toEqual([...'THEY', ...[...spell("'LL")]].map((letter) => vocabulary[letter]));
  });

  it('of another kind without tokenizer.json is refused by name', async () => {
    await expect(
      write('clip', { ...older, 'tokenizer_config.json': { tokenizer_class: 'CLIPTokenizer' } }),
    ).rejects.toMatchObject({ code: 'LANGUAGE_MODEL_INVALID', got: 'CLIPTokenizer' });
  });

  it('with a line of merges.txt that is none, or an id that is none, is refused', async () => {
    await expect(write('torn', { ...older, 'merges.txt': '#version: 0.2\nt h\nhalf\n' })).rejects.toMatchObject({
      place: expect.stringMatching(/merges\.txt:3$/),
      got: '"half"',
    });
    await expect(write('ids', { ...older, 'vocab.json': { a: 'one' } })).rejects.toMatchObject({
      place: expect.stringMatching(/vocab\.json: "a"$/),
    });
  });

  it('that is not there: the error lists what was looked for and what is there instead', async () => {
    await expect(write('none', { 'tokenizer.model': 'sentencepiece', 'vocab.json': vocabulary })).rejects.toMatchObject(
      {
        code: 'LANGUAGE_MODEL_INVALID',
        expected: 'a tokenizer: tokenizer.json, vocab.json and merges.txt, or vocab.txt of BERT',
        got: 'none of them, only tokenizer.model, vocab.json',
      },
    );
  });
});

describe('truncation', () => {
  it('cuts the end of the text and keeps the special tokens around it, as Hugging Face does', async () => {
    const wrapped = {
      ...whole,
      added_tokens: ['[CLS]', '[SEP]'].map((content, i) => ({ id: endId + 1 + i, content, special: true })),
      post_processor: {
        type: 'TemplateProcessing',
        single: [
          { SpecialToken: { id: '[CLS]', type_id: 0 } },
          { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '[SEP]', type_id: 0 } },
        ],
        pair: [],
        special_tokens: Object.fromEntries(
          ['[CLS]', '[SEP]'].map((id, i) => [id, { id, ids: [endId + 1 + i], tokens: [id] }]),
        ),
      },
    };
    const tokenizer = await write('wrapped', { 'tokenizer.json': wrapped, 'config.json': { pad_token_id: 0 } });
    const [x, y] = ['x', 'y'].map((letter) => vocabulary[letter]);
    expect(tokenizer.encode('xyx')).toEqual([endId + 1, x, y, x, endId + 2]);
    expect(tokenizer.encode('xyx', 4)).toEqual([endId + 1, x, y, endId + 2]);
    expect(tokenizer.encode('xyx', 5)).toHaveLength(5);
    const plain = await write('plain', { 'tokenizer.json': whole, 'tokenizer_config.json': named });
    expect(plain.encode('xyx', 2)).toEqual([x, y]);
  });
});
