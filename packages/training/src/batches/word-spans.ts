/** From which to which step of a stream the word of each token is spoken. */
import {
  type HostTensor,
  InterfuseError,
  type PlacedWord,
  placeWords,
  type Sample,
  type StreamSpec,
  type Tokenizer,
  withoutBlanks,
  wordsOf,
} from '@interfuse/core';

export interface WordSpans {
  /**
   * @param mask of the text [B, L] bool, and of the stream [B, S]
   * @returns [B, L, 2] float32, in steps of the stream; zeros for tokens that belong to no word
   */
  take(rows: readonly number[], stream: StreamSpec, textMask: HostTensor, streamMask: HostTensor): HostTensor;
}

/**
 * Where the words of a sample have times and the stream a rate, they are those times. Where parts of it have times, its
 * words are as long as they have letters, from the start of a part to its end; where nothing has, from the first step to
 * the last. Where a step is a word, words count steps: one each, or, if there are more or fewer, an equal share.
 */
export function wordSpans(samples: readonly Sample[], tokenizer: Tokenizer, textLength: number | undefined): WordSpans {
  const known = new Map<number, SpokenText>();
  const spokenAt = (row: number): SpokenText => {
    const spoken = known.get(row) ?? spokenText(samples[row] as Sample, tokenizer, textLength);
    known.set(row, spoken);
    return spoken;
  };
  return {
    take(rows, stream, textMask, streamMask) {
      const [batch, length] = textMask.shape as [number, number];
      const spans = new Float32Array(batch * length * 2);
      rows.forEach((row, i) => {
        const { words, wordOf } = spokenAt(row);
        const steps = realCount(streamMask, i);
        const tokens = realCount(textMask, i);
        for (let token = 0; token < tokens; token += 1) {
          const word = wordOf[token] ?? -1;
          if (word >= 0) spans.set(spanOf(words, word, stream, steps), 2 * (i * length + token));
        }
      });
      return { shape: [batch, length, 2], type: 'float32', data: spans };
    },
  };
}

/** A word, and when it is spoken as far as that is known. */
interface TimedWord extends PlacedWord {
  readonly seconds?: readonly [start: number, end: number];
}

interface SpokenText {
  readonly words: readonly TimedWord[];
  /** Position in `words` of the word of each token; -1 for a token that stands for no letter. */
  readonly wordOf: Int32Array;
}

function spanOf(words: readonly TimedWord[], word: number, { pace }: StreamSpec, steps: number): [number, number] {
  if (pace === 'word') return [(word * steps) / words.length, ((word + 1) * steps) / words.length];
  const { from, to, seconds } = words[word] as TimedWord;
  if (pace !== undefined && seconds !== undefined) return [seconds[0] * pace, seconds[1] * pace];
  const letters = (words.at(-1) as TimedWord).to;
  return [(from * steps) / letters, (to * steps) / letters];
}

function realCount({ shape, data }: HostTensor, sample: number): number {
  const length = shape[1] as number;
  return data.subarray(sample * length, (sample + 1) * length).filter(Boolean).length;
}

/** @throws DATASET_INVALID if a word with a time is not in the text */
function spokenText(sample: Sample, tokenizer: Tokenizer, textLength: number | undefined): SpokenText {
  const words = timedWords(sample);
  const tokens = sample.text === undefined ? [] : tokenizer.encode(sample.text, textLength);
  const wordOf = Int32Array.from(firstLetters(tokens, tokenizer), (letter) => {
    if (letter < 0 || words.length === 0) return -1;
    // What stands between two words, such as a comma, belongs to the one before.
    return Math.max(
      words.findLastIndex(({ from }) => from <= letter),
      0,
    );
  });
  return { words, wordOf };
}

function timedWords({ id, text = '', words, segments = [] }: Sample): TimedWord[] {
  if (words !== undefined) {
    const placed = placeWords(text, words);
    if ('lost' in placed) {
      throw new InterfuseError('DATASET_INVALID', {
        place: `sample ${id}, words[${placed.lost}]`,
        expected: 'the words of the text, in their order',
        got: `"${words[placed.lost]?.text}"`,
      });
    }
    return placed.map((word, i) => {
      const { start, end } = words[i] as NonNullable<Sample['words']>[number];
      return { ...word, seconds: [start, end] };
    });
  }
  let before = 0;
  const parts = segments.map(({ start, end, text: said = '' }) => {
    const part = { from: before, letters: withoutBlanks(said).length, start, end };
    before += part.letters;
    return part;
  });
  return wordsOf(text).map((word) => {
    const part = parts.find(({ from, letters }) => word.from >= from && word.from < from + letters);
    if (part === undefined) return word;
    const secondsAt = (letter: number): number =>
      part.start + ((part.end - part.start) * (letter - part.from)) / part.letters;
    return { ...word, seconds: [secondsAt(word.from), secondsAt(word.to)] };
  });
}

/** Of each token the position of its first letter, white space not counted; -1 where it has none. */
function firstLetters(tokens: readonly number[], tokenizer: Tokenizer): number[] {
  let before = '';
  return tokens.map((_, i) => {
    const after = withoutBlanks(tokenizer.decode(tokens.slice(0, i + 1)));
    const added = after.length > before.length;
    // The rest of a letter that is several bytes long changes the text and makes it no longer.
    const letter = added ? before.length : after === before ? -1 : after.length - 1;
    before = after;
    return letter;
  });
}
