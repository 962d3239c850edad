/** The files of a byte-level tokenizer in a Hugging Face folder: tokenizer.json, and GPT-2's vocab.json and merges.txt. */
import { byteLevelModel } from '../byte-level-model.js';
import { byteLetters } from './bytes.js';
import { bytePieces, type Merge } from './train.js';

/** Ends a text, and pads: GPT-2's only special token. */
export const endOfText = '<|endoftext|>';

/** Ids: 256 bytes, a piece for each merge, and `<|endoftext|>` last, as GPT-2 has it. */
export function vocabularySize(merges: readonly Merge[]): number {
  return bytePieces + merges.length + 1;
}

/**
 * @param contextLength of the model, in tokens
 * @returns the text of each file, by its name
 */
export function tokenizerFiles(merges: readonly Merge[], contextLength: number): { readonly [file: string]: string } {
  const pieces = [...byteLetters];
  const rules = merges.map(([left, right]): [string, string] => {
    const parts: [string, string] = [pieces[left] as string, pieces[right] as string];
    pieces.push(parts.join(''));
    return parts;
  });
  const end = pieces.length;
  const vocab = Object.fromEntries([...pieces.map((piece, id) => [piece, id] as const), [endOfText, end]]);
  const definition = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: end,
        content: endOfText,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: byteLevelModel(vocab, rules),
  };
  const settings = {
    tokenizer_class: 'GPT2Tokenizer',
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    bos_token: endOfText,
    eos_token: endOfText,
    unk_token: endOfText,
    model_max_length: contextLength,
  };
  return {
    'tokenizer.json': json(definition),
    'tokenizer_config.json': json(settings),
    'vocab.json': `${JSON.stringify(vocab)}\n`,
    'merges.txt': `#version: 0.2\n${rules.map((parts) => `${parts.join(' ')}\n`).join('')}`,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
