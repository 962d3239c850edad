/** Tokenizers: what a Hugging Face folder or a GGUF file defines, run by Hugging Face's own library. */
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InterfuseError, type Tokenizer } from '@interfuse/core';
import { openCheckpoint } from './checkpoint.js';
import { readTokenizerDefinition, specialToken, type TokenizerDefinition } from './tokenizer-definition.js';

/**
 * @param checkpoint a folder with config.json and a tokenizer (tokenizer.json, vocab.json and merges.txt, or vocab.txt), or a GGUF file
 * @param vocabulary of the model: an added token beyond it is an error when a text is encoded
 * @throws LANGUAGE_MODEL_INVALID if there is no tokenizer, it has more tokens than the model, or nothing that it could
 * pad with; GGUF_INVALID
 */
export async function loadTokenizer(checkpoint: string, vocabulary: number): Promise<Tokenizer> {
  const read = await readTokenizerDefinition(checkpoint);
  return createTokenizer(read, (await openCheckpoint(checkpoint)).config.fields, vocabulary);
}

/**
 * @param config of the model, whose `pad_token_id` and `eos_token_id` count where the tokenizer names no such token
 * @throws LANGUAGE_MODEL_INVALID
 */
export function createTokenizer(
  read: TokenizerDefinition,
  config: Readonly<Record<string, unknown>>,
  vocabulary: number,
): Tokenizer {
  const { file, definition, settings } = read;
  const tokenizer = construct(file, definition, settings);
  assertCovers(read, vocabulary);
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

/** Tokens that were added later may lack a row in the embedding, as long as no text has one; those of the base may not. */
function assertCovers({ file, definition }: TokenizerDefinition, vocabulary: number): void {
  const { vocab } = (definition as { model: unknown }).model as {
    vocab: Readonly<Record<string, number>> | readonly [string, number][];
  };
  const ids = Array.isArray(vocab) ? vocab.keys() : Object.values(vocab as Readonly<Record<string, number>>);
  let last = -1;
  for (const id of ids) last = Math.max(last, id);
  if (last < vocabulary) return;
  throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: file,
    expected: `at most ${vocabulary} tokens, for as many the model knows`,
    got: `a vocabulary up to id ${last}`,
    remedy: 'Use the tokenizer that belongs to the model.',
  });
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
