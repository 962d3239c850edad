/**
 * How a byte-level tokenizer cuts a text into words before it merges: `tokenizer.ggml.pre` names the rule, which Hugging
 * Face writes out in tokenizer.json. The expressions are those of the models' own files.
 */
import { type GgufFile, invalidGguf } from './container.js';
import { textField } from './metadata.js';

interface Rule {
  readonly normalizer: object | null;
  readonly preTokenizer: object;
  /** Whether a word that is a token needs no merges. */
  readonly wholeWords: boolean;
  /** Whether a text begins with BOS where the file does not say. */
  readonly begins: boolean;
}

const bytes = (isRule: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: isRule,
});

function expression(digits: string): object {
  const rule = [
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
    '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+',
    digits,
    ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*',
    '\\s*[\\r\\n]+',
    '\\s+(?!\\S)',
    '\\s+',
  ].join('|');
  const split = { type: 'Split', pattern: { Regex: rule }, behavior: 'Isolated', invert: false };
  return { type: 'Sequence', pretokenizers: [split, bytes(false)] };
}

const plain = { normalizer: null, wholeWords: false, begins: false };
const gpt2: Rule = { ...plain, preTokenizer: bytes(true) };
const llama3: Rule = { ...plain, preTokenizer: expression('\\p{N}{1,3}'), wholeWords: true, begins: true };
const qwen2: Rule = { ...plain, normalizer: { type: 'NFC' }, preTokenizer: expression('\\p{N}') };
const digits = { type: 'Digits', individual_digits: true };
const smollm: Rule = { ...plain, preTokenizer: { type: 'Sequence', pretokenizers: [digits, bytes(true)] } };

const rules: Readonly<Record<string, Rule>> = {
  'gpt-2': gpt2,
  'llama-bpe': llama3,
  qwen2,
  'deepseek-r1-qwen': qwen2,
  smollm,
};

/** @throws GGUF_INVALID for a tokenizer of another kind, or a rule that is not known */
export function preTokenizerOf(gguf: GgufFile): Rule {
  const kind = textField(gguf, 'tokenizer.ggml.model');
  if (kind !== 'gpt2') throw invalidGguf(`${gguf.file}: tokenizer.ggml.model`, 'llama or gpt2', `"${kind}"`, remedy);
  const name = textField(gguf, 'tokenizer.ggml.pre', '');
  if (Object.hasOwn(rules, name)) return rules[name] as Rule;
  throw invalidGguf(`${gguf.file}: tokenizer.ggml.pre`, Object.keys(rules).join(', '), `"${name}"`, remedy);
}

const remedy = 'Use the model as a Hugging Face folder, with its tokenizer.json.';
