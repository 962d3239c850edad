/** Tokenizers: the tokenizer.json of a Hugging Face folder, run by Hugging Face's own library. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InterfuseError, type Tokenizer } from '@interfuse/core';
import { readJsonObject } from './model-config.js';

/**
 * @param folder with tokenizer.json, config.json and perhaps tokenizer_config.json
 * @param vocabulary of the model: an id beyond it is an error when a text is encoded
 * @throws LANGUAGE_MODEL_INVALID if there is no tokenizer, or nothing that it could pad with
 */
export async function loadTokenizer(folder: string, vocabulary: number): Promise<Tokenizer> {
  const file = join(folder, 'tokenizer.json');
  const definition = await readJsonObject(
    file,
    'Write tokenizer.json with `AutoTokenizer.from_pretrained(folder).save_pretrained(folder)` of transformers.',
  );
  const settingsFile = join(folder, 'tokenizer_config.json');
  const settings = existsSync(settingsFile) ? await readJsonObject(settingsFile) : {};
  const tokenizer = construct(file, definition, settings);
  const padToken = findPadToken(folder, tokenizer, settings, await readJsonObject(join(folder, 'config.json')));

  return {
    padToken,
    encode(text) {
      const ids: number[] = tokenizer.encode(text).ids;
      const beyond = ids.find((id) => id >= vocabulary);
      if (beyond === undefined) return ids;
      throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
        place: file,
        expected: `ids below the model's vocabulary of ${vocabulary}`,
        got: `id ${beyond} in ${JSON.stringify(text)}`,
      });
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

/** The model's own pad token, or its end of text where it has none: padded positions are masked either way. */
function findPadToken(
  folder: string,
  tokenizer: HuggingFaceTokenizer,
  settings: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
): number {
  for (const kind of ['pad', 'eos']) {
    const special = settings[`${kind}_token`];
    const content = typeof special === 'object' ? (special as { content?: unknown } | null)?.content : special;
    const named = typeof content === 'string' ? tokenizer.token_to_id(content) : undefined;
    const configured = config[`${kind}_token_id`];
    const id = named ?? (Array.isArray(configured) ? configured[0] : configured);
    if (Number.isInteger(id) && (id as number) >= 0) return id as number;
  }
  throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: folder,
    expected: 'a pad or end-of-text token in tokenizer_config.json or config.json',
    got: 'neither',
    remedy: 'Add "pad_token_id" to config.json.',
  });
}
