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

/** Ids of unknown, begin and end: the first three pieces, always, of llama2.c. */
export const specialTokens = ['<unk>', '<s>', '</s>'] as const;

/** A piece that is found in a text as it is, before anything is merged. */
export interface AddedPiece {
  readonly id: number;
  readonly content: string;
  /** Whether it is left out of a decoded text. */
  readonly special: boolean;
}

export interface SentencePieceSettings {
  readonly added: readonly AddedPiece[];
  /** Ids of pieces that no merge makes. */
  readonly unmerged?: ReadonlySet<number>;
  readonly unknown?: string;
  /** Tokens around every text. */
  readonly begin?: AddedPiece | undefined;
  readonly end?: AddedPiece | undefined;
  /** Whether a text is read as if a space came before it. */
  readonly spaceBefore: boolean;
}

const llama2c: SentencePieceSettings = {
  added: specialTokens.map((content, id) => ({ id, content, special: true })),
  unknown: specialTokens[0],
  begin: { id: 1, content: specialTokens[1], special: true },
  spaceBefore: true,
};

const visibleSpace = '\u2581';

/** The contents of tokenizer.json. Default: a space before the text, BOS before that, no change otherwise. */
export function toTokenizerJson(pieces: readonly Piece[], settings: SentencePieceSettings = llama2c): object {
  const { added, spaceBefore } = settings;
  const contents = new Map(added.map(({ id, content }) => [id, content]));
  const names = pieces.map(({ text }, id) => contents.get(id) ?? text.replaceAll(' ', visibleSpace));
  const space = { String: ' ' };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(added),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(spaceBefore ? [{ type: 'Prepend', prepend: visibleSpace }] : []),
        { type: 'Replace', pattern: space, content: visibleSpace },
      ],
    },
    pre_tokenizer: null,
    post_processor: surround(settings),
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: visibleSpace }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(spaceBefore ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: settings.unknown ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(names.map((name, id) => [name, id])),
      merges: mergesByScore(names, pieces, new Set([...contents.keys(), ...(settings.unmerged ?? [])])),
    },
  };
}

/** The entry of each added token in tokenizer.json. */
export function addedTokens(added: readonly AddedPiece[]): object[] {
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return added.map(({ id, content, special }) => ({ id, content, ...plain, special }));
}

/** What puts a token before every text, or after it; null if there is none. */
export function surround({ begin, end }: Pick<SentencePieceSettings, 'begin' | 'end'>): object | null {
  const tokens = [begin, end].filter((token) => token !== undefined);
  if (tokens.length === 0) return null;
  const around = (name: string, type: number): object[] => [
    ...(begin ? [{ SpecialToken: { id: begin.content, type_id: type } }] : []),
    { Sequence: { id: name, type_id: type } },
    ...(end ? [{ SpecialToken: { id: end.content, type_id: type } }] : []),
  ];
  return {
    type: 'TemplateProcessing',
    single: around('A', 0),
    pair: [...around('A', 0), ...around('B', 1)],
    special_tokens: Object.fromEntries(
      tokens.map(({ id, content }) => [content, { id: content, ids: [id], tokens: [content] }]),
    ),
  };
}

/** All pairs of pieces whose union is a piece, best score first; ties in the order of the parts' ids. */
function mergesByScore(names: readonly string[], pieces: readonly Piece[], unmerged: ReadonlySet<number>): string[] {
  const isByte = (name: string): boolean => /^<0x[0-9A-F]{2}>$/.test(name);
  const ids = new Map(names.map((name, id) => [name, id]));
  for (const [name, id] of ids) if (unmerged.has(id) || isByte(name)) ids.delete(name);

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
