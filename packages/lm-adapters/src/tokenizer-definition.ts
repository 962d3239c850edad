/**
 * What a folder says about its tokenizer, as one definition in the form of tokenizer.json: that file, or the older
 * vocab.json and merges.txt of byte-level models (Radford et al. 2019) or vocab.txt of BERT, converted as transformers
 * converts them.
 */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { byteLevelModel } from './byte-level-model.js';
import { isGguf } from './checkpoint.js';
import { readJsonObject } from './model-config.js';
import { bertDefinition, bertTokens } from './word-piece.js';

export interface TokenizerDefinition {
  /** For messages. */
  readonly file: string;
  /** As in tokenizer.json. */
  readonly definition: object;
  /** Of tokenizer_config.json, with special tokens that only special_tokens_map.json names. */
  readonly settings: Fields;
}

type Fields = Readonly<Record<string, unknown>>;

/** A token that text is searched for before anything else is done to it. */
interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
}

const kinds = ['bos', 'eos', 'unk', 'pad', 'sep', 'cls', 'mask'] as const;

/**
 * @param folder or a GGUF file
 * @throws LANGUAGE_MODEL_INVALID if there is no tokenizer, or none of a kind that can be read; GGUF_INVALID
 */
export async function readTokenizerDefinition(folder: string): Promise<TokenizerDefinition> {
  if (isGguf(folder)) return (await import('./gguf/tokenizer.js')).readGgufTokenizer(folder);
  const settings = {
    ...(await readIfThere(join(folder, 'special_tokens_map.json'))),
    ...(await readIfThere(join(folder, 'tokenizer_config.json'))),
  };
  const whole = join(folder, 'tokenizer.json');
  if (existsSync(whole)) return { file: whole, definition: await readJsonObject(whole), settings };
  const [vocabulary, merges, words] = ['vocab.json', 'merges.txt', 'vocab.txt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  if (!existsSync(vocabulary) && existsSync(words)) return readBert(words, settings);
  if (!existsSync(vocabulary) || !existsSync(merges)) throw noTokenizer(folder);
  const definition = byteLevelDefinition({
    file: vocabulary,
    vocabulary: wholeNumbers(vocabulary, await readJsonObject(vocabulary)),
    merges: parseMerges(merges, await readFile(merges, 'utf8')),
    settings,
    added: await readIfThere(join(folder, 'added_tokens.json')),
  });
  return { file: vocabulary, definition, settings };
}

/** Special tokens that the folder does not name are those of BERT, as in transformers: padding is `[PAD]`. */
async function readBert(file: string, written: Fields): Promise<TokenizerDefinition> {
  const { tokenizer_class: name } = written;
  if (typeof name === 'string' && name.replace(/Fast$/, '') !== 'BertTokenizer') {
    throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
      place: `${file} (tokenizer_class of tokenizer_config.json)`,
      expected: 'BertTokenizer, whose vocab.txt can be read without tokenizer.json',
      got: name,
      remedy: convert,
    });
  }
  const settings = { ...bertTokens, ...written };
  const special = Object.fromEntries(
    Object.entries(bertTokens).map(([key, usual]) => [
      key,
      specialToken(settings, key.replace('_token', '') as (typeof kinds)[number]) ?? usual,
    ]),
  ) as Record<keyof typeof bertTokens, string>;
  const text = await readFile(file, 'utf8');
  return { file, definition: bertDefinition({ file, text, settings, special }), settings };
}

/** The text of a special token, which is written as it is or as an object with its content. */
export function specialToken(settings: Fields, kind: (typeof kinds)[number]): string | undefined {
  const written = settings[`${kind}_token`];
  const content = typeof written === 'object' ? (written as { content?: unknown } | null)?.content : written;
  return typeof content === 'string' ? content : undefined;
}

interface ByteLevelFiles {
  readonly file: string;
  readonly vocabulary: Readonly<Record<string, number>>;
  readonly merges: readonly (readonly [string, string])[];
  readonly settings: Fields;
  /** Ids by token. */
  readonly added: Fields;
}

function byteLevelDefinition({ file, vocabulary, merges, settings, added }: ByteLevelFiles): object {
  const { add_prefix_space: prefixSpace = false } = settings;
  const addedTokens = readAddedTokens(vocabulary, settings, added);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: prefixSpace, trim_offsets: true, use_regex: true };
  return {
    added_tokens: addedTokens,
    ...cutting(file, settings, byteLevel),
    post_processor: beginsWith(settings, addedTokens) ?? { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: byteLevelModel(vocabulary, merges),
  };
}

/** How a text is cut into words before any merge: by GPT-2's rule, or by that of Qwen2. */
function cutting(file: string, { tokenizer_class: name }: Fields, byteLevel: object): object {
  switch (typeof name === 'string' ? name.replace(/Fast$/, '') : undefined) {
    case undefined:
    case 'GPT2Tokenizer':
      return { normalizer: null, pre_tokenizer: byteLevel };
    case 'Qwen2Tokenizer':
      return {
        normalizer: { type: 'NFC' },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { Regex: qwenWords }, behavior: 'Isolated', invert: false },
            { ...byteLevel, use_regex: false },
          ],
        },
      };
    default:
      throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
        place: `${file} (tokenizer_class of tokenizer_config.json)`,
        expected: 'GPT2Tokenizer or Qwen2Tokenizer, whose files can be read without tokenizer.json',
        got: String(name),
        remedy: convert,
      });
  }
}

/** Letters with one sign before them, digits one by one, signs, line ends, blanks (Qwen technical report, 2023, section 2.2). */
const qwenWords =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** With `add_bos_token` every text begins with the beginning-of-sequence token: OPT has it, GPT-2 has not. */
function beginsWith(settings: Fields, addedTokens: readonly AddedToken[]): object | undefined {
  const bos = specialToken(settings, 'bos');
  const id = addedTokens.find(({ content }) => content === bos)?.id;
  if (settings.add_bos_token !== true || bos === undefined || id === undefined) return undefined;
  const begin = { SpecialToken: { id: bos, type_id: 0 } };
  const text = (name: string) => ({ Sequence: { id: name, type_id: 0 } });
  return {
    type: 'TemplateProcessing',
    single: [begin, text('A')],
    pair: [begin, text('A'), begin, text('B')],
    special_tokens: { [bos]: { id: bos, ids: [id], tokens: [bos] } },
  };
}

/** From `added_tokens_decoder`, then added_tokens.json, then the special tokens that the vocabulary holds. */
function readAddedTokens(vocabulary: Readonly<Record<string, number>>, settings: Fields, added: Fields): AddedToken[] {
  const additional = Array.isArray(settings.additional_special_tokens) ? settings.additional_special_tokens : [];
  const special = new Set([
    ...kinds.flatMap((kind) => specialToken(settings, kind) ?? []),
    ...additional.map((token: unknown) =>
      typeof token === 'string' ? token : (token as Partial<AddedToken>)?.content,
    ),
    ...(settings.tokenizer_class === undefined ? [gpt2End] : []),
  ]);
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const tokens = new Map<string, AddedToken>();
  const add = (content: unknown, id: unknown, more: object = {}) => {
    if (typeof content !== 'string' || !Number.isInteger(id) || tokens.has(content)) return;
    tokens.set(content, { special: special.has(content), ...plain, ...more, id: id as number, content });
  };
  for (const [id, token] of Object.entries(
    (settings.added_tokens_decoder ?? {}) as Record<string, Partial<AddedToken>>,
  ))
    add(token.content, Number(id), token);
  for (const [content, id] of Object.entries(added)) add(content, id);
  for (const content of special) add(content, vocabulary[content ?? '']);
  return [...tokens.values()].sort((one, other) => one.id - other.id);
}

/** What GPT-2's tokenizer takes for special where its folder names nothing. */
const gpt2End = '<|endoftext|>';

/** `a b` on each line, the earliest first. */
function parseMerges(file: string, text: string): [string, string][] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line, number: index + 1 }));
  return lines
    .filter(({ line, number }) => line !== '' && !(number === 1 && line.startsWith('#version')))
    .map(({ line, number }) => {
      const parts = line.split(' ');
      if (parts.length === 2 && parts.every((part) => part !== '')) return parts as [string, string];
      throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
        place: `${file}:${number}`,
        expected: 'two pieces with a space between them',
        got: JSON.stringify(line),
      });
    });
}

function wholeNumbers(file: string, fields: Fields): Record<string, number> {
  const wrong = Object.entries(fields).find(([, id]) => !Number.isInteger(id) || (id as number) < 0);
  if (wrong === undefined) return fields as Record<string, number>;
  throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: `${file}: ${JSON.stringify(wrong[0])}`,
    expected: 'the id of a token, a whole number from 0',
    got: JSON.stringify(wrong[1]),
  });
}

async function readIfThere(file: string): Promise<Fields> {
  return existsSync(file) ? await readJsonObject(file) : {};
}

const convert =
  'Write tokenizer.json with `AutoTokenizer.from_pretrained(folder).save_pretrained(folder)` of transformers.';

function noTokenizer(folder: string): InterfuseError {
  const here = existsSync(folder) ? readdirSync(folder) : [];
  const others = here.filter((name) => /^(tokenizer\.model|spiece\.model|vocab\.json|merges\.txt)$/.test(name));
  return new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: folder,
    expected: 'a tokenizer: tokenizer.json, vocab.json and merges.txt, or vocab.txt of BERT',
    got: existsSync(folder)
      ? `none of them${others.length > 0 ? `, only ${others.join(', ')}` : ''}`
      : 'no such folder',
    remedy: convert,
  });
}
