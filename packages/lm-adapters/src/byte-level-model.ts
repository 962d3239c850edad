/** The `model` of a byte-level tokenizer.json (Radford et al. 2019): byte-pair merges, nothing unknown, no affixes. */

/**
 * @param merges `a b` or [a, b], in order of their rank
 * @param wholeWords whether a word that is itself a token is taken whole, past the merges
 */
export function byteLevelModel(
  vocabulary: Readonly<Record<string, number>>,
  merges: readonly (string | readonly string[])[],
  wholeWords = false,
): object {
  return {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: '',
    end_of_word_suffix: '',
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: wholeWords,
    vocab: vocabulary,
    merges,
  };
}
