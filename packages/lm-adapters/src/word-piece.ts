/**
 * The tokenizer of BERT (Devlin et al. 2019, arXiv 1810.04805) as a definition in the form of tokenizer.json, from its
 * vocab.txt: words at blanks, punctuation and Chinese characters, then the longest pieces from the left (WordPiece).
 * Chinese GPT-2 models have it, too.
 */
import { InterfuseError } from '@interfuse/core';

/** What transformers takes where the folder names no such token. */
export const bertTokens = {
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
} as const;

export interface BertFiles {
  /** For messages. */
  readonly file: string;
  /** One token a line; its id is the number of its line, from 0. */
  readonly text: string;
  /** Of tokenizer_config.json. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The texts of the special tokens. */
  readonly special: { readonly [K in keyof typeof bertTokens]: string };
}

/** @throws LANGUAGE_MODEL_INVALID if the vocabulary lacks a token that every text needs */
export function bertDefinition({ file, text, settings, special }: BertFiles): object {
  const vocabulary = readVocabulary(text);
  const idOf = (token: string): number => {
    const id = vocabulary[token];
    if (id !== undefined) return id;
    throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
      place: file,
      expected: `the tokens ${special.cls_token}, ${special.sep_token} and ${special.unk_token} of a BERT vocabulary`,
      got: `no ${token}`,
      remedy: 'Name the special tokens in tokenizer_config.json, or use the vocab.txt of the model.',
    });
  };
  const [begin, end, unknown] = [special.cls_token, special.sep_token, special.unk_token];
  idOf(unknown);
  const { do_lower_case: lowercase = true, tokenize_chinese_chars: chinese = true, strip_accents = null } = settings;
  return {
    added_tokens: [...new Set(Object.values(special))]
      .filter((content) => vocabulary[content] !== undefined)
      .map((content) => ({ ...plain, id: vocabulary[content], content, special: true }))
      .sort((one, other) => (one.id as number) - (other.id as number)),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: chinese, strip_accents, lowercase },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [specialAt(begin, 0), sequence('A', 0), specialAt(end, 0)],
      pair: [specialAt(begin, 0), sequence('A', 0), specialAt(end, 0), sequence('B', 1), specialAt(end, 1)],
      special_tokens: Object.fromEntries(
        [begin, end].map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: continuing, cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unknown,
      continuing_subword_prefix: continuing,
      max_input_chars_per_word: 100,
      vocab: vocabulary,
    },
  };
}

/** What stands before a piece that continues a word. */
const continuing = '##';
const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };

const specialAt = (id: string, typeId: number) => ({ SpecialToken: { id, type_id: typeId } });
const sequence = (id: string, typeId: number) => ({ Sequence: { id, type_id: typeId } });

/** Of a token that is there twice, the last line counts, as in transformers. */
function readVocabulary(text: string): Record<string, number> {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  const vocabulary: Record<string, number> = Object.create(null) as Record<string, number>;
  lines.forEach((token, id) => {
    vocabulary[token] = id;
  });
  return { ...vocabulary };
}
