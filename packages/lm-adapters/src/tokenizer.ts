/** Tokenizers: what a Hugging Face folder defines, run by Hugging Face's own library. */
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InterfuseError, type Tokenizer } from '@interfuse/core';
import { readJsonObject } from './model-config.js';
import { readTokenizerDefinition, specialToken, type TokenizerDefinition } from './tokenizer-definition.js';

/**
 * @param folder with config.json and a tokenizer: tokenizer.json, or vocab.json and merges.txt
 * @param vocabulary of the model: an id beyond it is an error when a text is encoded
 * @throws LANGUAGE_MODEL_INVALID if there is no tokenizer, or nothing that it could pad with
 */
export async function loadTokenizer(folder: string, vocabulary: number): Promise<Tokenizer> {
  const read = await readTokenizerDefinition(folder);
  return createTokenizer(read, await readJsonObject(join(folder, 'config.json')), vocabulary);
}

/**
 * @param config of the model, whose `pad_token_id` and `eos_token_id` count where the tokenizer names no such token
 * @throws LANGUAGE_MODEL_INVALID
 */
export function createTokenizer(
  { file, definition, settings }: TokenizerDefinition,
  config: Readonly<Record<string, unknown>>,
  vocabulary: number,
): Tokenizer {
  const tokenizer = construct(file, definition, settings);
  const padToken = findPadToken(file, tokenizer, settings, config);
  const after = specialTokensAfter(tokenizer);

  return {
    padToken,
    encode(text, length = Number.POSITIVE_INFINITY) {
      const ids: number[] = tokenizer.encode(text).ids;
      const beyond = ids.find((id) => id === undefined || id >= vocabulary);
      if (beyond !== undefined) {
        throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
          place: file,
          expected: `ids below the model's vocabulary of ${vocabulary}`,
          got: `id ${beyond} in ${JSON.stringify(text)}`,
        });
      }
      if (ids.length <= length) return ids;
      const kept = Math.min(after, length);
      return [...ids.slice(0, length - kept), ...ids.slice(ids.length - kept)];
    },
    // The library takes an empty list for a mistake.
    decode: (tokens) => (tokens.length === 0 ? '' : tokenizer.decode([...tokens], { skip_special_tokens: true })),
  };
}

function construct(file: string, definition: object, settings: object): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(definition, settings);
  } catch (cause) {
    throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
      place: file,
      expected: 'a tokenizer that @huggingface/tokenizers can build',
      got: (cause as Error).message,
      cause,
    });
  }
}

/** How many special tokens follow every text: truncation leaves them where they are, as Hugging Face does. */
function specialTokensAfter(tokenizer: HuggingFaceTokenizer): number {
  const probe = 'a';
  const bare: number[] = tokenizer.encode(probe, { add_special_tokens: false }).ids;
  const whole: number[] = tokenizer.encode(probe).ids;
  const begin = whole.findIndex((_, i) => bare.every((id, j) => whole[i + j] === id));
  return begin < 0 ? 0 : whole.length - begin - bare.length;
}

/** The model's own pad token, or its end of text where it has none: padded positions are masked either way. */
function findPadToken(
  place: string,
  tokenizer: HuggingFaceTokenizer,
  settings: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
): number {
  for (const kind of ['pad', 'eos'] as const) {
    const content = specialToken(settings, kind);
    const named = content === undefined ? undefined : tokenizer.token_to_id(content);
    const configured = config[`${kind}_token_id`];
    const id = named ?? (Array.isArray(configured) ? configured[0] : configured);
    if (Number.isInteger(id) && (id as number) >= 0) return id as number;
  }
  throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place,
    expected: 'a pad or end-of-text token in tokenizer_config.json, special_tokens_map.json or config.json',
    got: 'neither',
    remedy: 'Add "pad_token_id" to config.json.',
  });
}
