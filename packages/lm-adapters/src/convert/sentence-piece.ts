/**
 * SentencePiece BPE with scores, as the tokenizer.json of Hugging Face.
 *
 * SentencePiece merges the neighbours whose union has the highest score; Hugging Face's BPE applies a list of merges in
 * order. Every split of a piece into two other pieces becomes a merge, ordered by the score of the piece (Kudo and
 * Richardson 2018, arXiv 1808.06226; Sennrich et al. 2016, arXiv 1508.07909). Characters without a piece of their own
 * fall back to byte pieces (`<0x0A>`).
 */

export interface Piece {
  /** With real spaces, not with SentencePiece's visible ones. */
  readonly text: string;
  readonly score: number;
}

/** Ids of unknown, begin and end: the first three pieces, always. */
export const specialTokens = ['<unk>', '<s>', '</s>'] as const;

const visibleSpace = '\u2581';

/** The contents of tokenizer.json: a space before the text, BOS before that, no change otherwise. */
export function toTokenizerJson(pieces: readonly Piece[]): object {
  const names = pieces.map(({ text }, id) => specialTokens[id] ?? text.replaceAll(' ', visibleSpace));
  const space = { String: ' ' };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: visibleSpace },
        { type: 'Replace', pattern: space, content: visibleSpace },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [
        { SpecialToken: { id: '<s>', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '<s>', type_id: 1 } },
        { Sequence: { id: 'B', type_id: 1 } },
      ],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: visibleSpace }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<unk>',
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(names.map((name, id) => [name, id])),
      merges: mergesByScore(names, pieces),
    },
  };
}

/** All pairs of pieces whose union is a piece, best score first; ties in the order of the parts' ids. */
function mergesByScore(names: readonly string[], pieces: readonly Piece[]): string[] {
  const isByte = (name: string): boolean => /^<0x[0-9A-F]{2}>$/.test(name);
  const ids = new Map(names.map((name, id) => [name, id]));
  for (const [name, id] of ids) if (id < specialTokens.length || isByte(name)) ids.delete(name);

  const merges: { parts: string; score: number; left: number; right: number }[] = [];
  for (const [name, id] of ids) {
    const characters = Array.from(name);
    for (let cut = 1; cut < characters.length; cut += 1) {
      const parts = [characters.slice(0, cut).join(''), characters.slice(cut).join('')] as const;
      const [left, right] = parts.map((part) => ids.get(part));
      if (left === undefined || right === undefined) continue;
      merges.push({ parts: parts.join(' '), score: pieces[id]?.score ?? 0, left, right });
    }
  }
  return merges.sort((a, b) => b.score - a.score || a.left - b.left || a.right - b.right).map(({ parts }) => parts);
}
