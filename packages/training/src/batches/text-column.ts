/** The texts of a split as tokens: tokenised once, padded batch by batch. */
import type { HostTensors, Sample, Tokenizer } from '@interfuse/core';
import { type Padding, paddedLength } from './padding.js';

export interface TextColumn {
  /** Whether the text of the sample at this position has a token. */
  has(row: number): boolean;
  /** @param giver the position of the sample whose text it is; nothing for a sample that is without text here */
  take(rows: readonly number[], giver: (row: number) => number | undefined): HostTensors;
}

/**
 * A sample without text has `present` false, as has one whose text gives no token.
 *
 * @param textLength what is longer is truncated; default: the longest text of the split
 */
export function textColumn(
  samples: readonly Sample[],
  tokenizer: Tokenizer,
  textLength: number | undefined,
  padding: Padding,
): TextColumn {
  const texts = samples.map(({ text }) =>
    Int32Array.from(text === undefined ? [] : tokenizer.encode(text, textLength).slice(0, textLength)),
  );
  const maximum = textLength ?? longest(texts);

  return {
    has: (row) => (texts[row]?.length ?? 0) > 0,
    take(rows, giver) {
      const taken = rows.map((row) => {
        const from = giver(row);
        return from === undefined ? noTokens : (texts[from] as Int32Array);
      });
      const batch = taken.length;
      const length = paddedLength(longest(taken), maximum, padding);
      const tokens = new Int32Array(batch * length).fill(tokenizer.padToken);
      const mask = new Uint8Array(batch * length);
      taken.forEach((text, i) => {
        tokens.set(text, i * length);
        mask.fill(1, i * length, i * length + text.length);
      });
      const present = Uint8Array.from(taken, (text) => Number(text.length > 0));
      return {
        'text/tokens': { shape: [batch, length], type: 'int32', data: tokens },
        'text/mask': { shape: [batch, length], type: 'bool', data: mask },
        'text/present': { shape: [batch], type: 'bool', data: present },
      };
    },
  };
}

const noTokens = new Int32Array();

function longest(texts: readonly Int32Array[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}
