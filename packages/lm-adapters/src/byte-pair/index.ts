/** Byte-level byte-pair encodings: trained on texts, written as the tokenizer files of a Hugging Face folder. */
export { endOfText, tokenizerFiles, vocabularySize } from './tokenizer-files.js';
export { bytePieces, type Merge, trainMerges } from './train.js';
export { countWords } from './words.js';
