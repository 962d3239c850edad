/** How byte-level tokenizers cut a text before any merge: no piece of a vocabulary reaches over such a cut. */

/**
 * GPT-2's rule (Radford et al. 2019), which `tokenizer.json` names as the pre-tokenizer `ByteLevel`: the endings of
 * English contractions; letters, digits or other signs, each with at most one space before; blanks, of which the last one
 * goes to the word that follows.
 */
const word = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** How often each word is in the texts, in the order of their first occurrence. */
export function countWords(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [found] of text.matchAll(word)) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return counts;
}
