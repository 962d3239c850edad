/**
 * The tokenizer in the metadata of a GGUF file, as the tokenizer.json of Hugging Face: SentencePiece with scores
 * (`llama`) or byte-level BPE with merges (`gpt2`).
 */
import { resolve } from 'node:path';
import { byteLevelModel } from '../byte-level-model.js';
import { type AddedPiece, addedTokens, surround, toTokenizerJson } from '../convert/sentence-piece.js';
import type { TokenizerDefinition } from '../tokenizer-definition.js';
import { type GgufFile, invalidGguf, readGguf } from './container.js';
import { flagField, numberField, numbersField, textField, textsField } from './metadata.js';
import { preTokenizerOf } from './pre-tokenizers.js';

/** `tokenizer.ggml.token_type` of llama.cpp. */
const kinds = { normal: 1, control: 3, userDefined: 4, unused: 5 };

/** @throws GGUF_INVALID if the tokenizer is missing, contradicts itself or is of a kind that is not read */
export async function readGgufTokenizer(path: string): Promise<TokenizerDefinition> {
  const gguf = await readGguf(resolve(path));
  const kind = textField(gguf, 'tokenizer.ggml.model');
  const tokens = textsField(gguf, 'tokenizer.ggml.tokens');
  const types = numbersField(gguf, 'tokenizer.ggml.token_type', undefined);
  checkLength(gguf, 'token_type', types, tokens);
  const unknown = tokenAt(gguf, 'unknown', tokens);
  const added = tokens.flatMap((content, id): AddedPiece[] => {
    const type = types?.[id] ?? kinds.normal;
    const special = type === kinds.control || id === unknown?.id;
    return special || type === kinds.userDefined ? [{ id, content, special }] : [];
  });
  const definition = kind === 'llama' ? sentencePiece(gguf, tokens, types, added) : byteLevel(gguf, tokens, added);
  const names = {
    bos: tokenAt(gguf, 'bos', tokens),
    eos: tokenAt(gguf, 'eos', tokens),
    pad: tokenAt(gguf, 'padding', tokens),
  };
  const settings = Object.entries(names).flatMap(([name, token]) => (token ? [[`${name}_token`, token.content]] : []));
  return {
    file: gguf.file,
    definition,
    settings: Object.fromEntries(settings),
  };
}

function sentencePiece(
  gguf: GgufFile,
  tokens: readonly string[],
  types: readonly number[] | undefined,
  added: readonly AddedPiece[],
): object {
  const scores = numbersField(gguf, 'tokenizer.ggml.scores');
  checkLength(gguf, 'scores', scores, tokens);
  const pieces = tokens.map((text, id) => ({ text, score: scores[id] as number }));
  const unused = tokens.flatMap((_, id) => (types?.[id] === kinds.unused ? [id] : []));
  const unknown = tokenAt(gguf, 'unknown', tokens);
  return toTokenizerJson(pieces, {
    added,
    unmerged: new Set(unused),
    ...(unknown ? { unknown: unknown.content } : {}),
    ...around(gguf, tokens, true),
    spaceBefore: flagField(gguf, 'tokenizer.ggml.add_space_prefix', true),
  });
}

function byteLevel(gguf: GgufFile, tokens: readonly string[], added: readonly AddedPiece[]): object {
  const { normalizer, preTokenizer, wholeWords, begins } = preTokenizerOf(gguf);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(added),
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: surround(around(gguf, tokens, begins)),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: byteLevelModel(
      Object.fromEntries(tokens.map((token, id) => [token, id])),
      textsField(gguf, 'tokenizer.ggml.merges'),
      wholeWords,
    ),
  };
}

/** The tokens around every text, as the file says; where it is silent, `begins` is what llama.cpp does. */
function around(gguf: GgufFile, tokens: readonly string[], begins: boolean) {
  const begin = flagField(gguf, 'tokenizer.ggml.add_bos_token', begins) ? tokenAt(gguf, 'bos', tokens) : undefined;
  const end = flagField(gguf, 'tokenizer.ggml.add_eos_token', false) ? tokenAt(gguf, 'eos', tokens) : undefined;
  return { begin, end };
}

function tokenAt(gguf: GgufFile, name: string, tokens: readonly string[]): AddedPiece | undefined {
  const field = `tokenizer.ggml.${name}_token_id`;
  const id = numberField(gguf, field, undefined);
  if (id === undefined) return undefined;
  const content = tokens[id];
  if (content !== undefined) return { id, content, special: true };
  throw invalidGguf(`${gguf.file}: ${field}`, `an id below ${tokens.length}`, String(id));
}

function checkLength(
  gguf: GgufFile,
  name: string,
  list: readonly unknown[] | undefined,
  tokens: readonly string[],
): void {
  if (list === undefined || list.length === tokens.length) return;
  const place = `${gguf.file}: tokenizer.ggml.${name}`;
  throw invalidGguf(place, `one for each of ${tokens.length} tokens`, `${list.length}`);
}
