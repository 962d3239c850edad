/** The tokenizer of the tiny language model: three decimal digits for every byte of a text, as tokens 1 to 10. */
import type { Tokenizer } from '@interfuse/core';

/** Reads a text as the decimal digits of its bytes: eleven tokens in all, 0 being the pad. */
export const tinyTokenizer: Tokenizer = {
  encode(text, length = Number.POSITIVE_INFINITY) {
    const digits = [...new TextEncoder().encode(text)].flatMap((byte) => [...String(byte).padStart(3, '0')]);
    return digits.slice(0, length).map((digit) => 1 + Number(digit));
  },
  decode(tokens) {
    const digits = tokens.filter((token) => token > 0).map((token) => token - 1);
    const bytes = Array.from({ length: Math.floor(digits.length / 3) }, (_, i) =>
      Number(digits.slice(3 * i, 3 * i + 3).join('')),
    );
    return new TextDecoder().decode(Uint8Array.from(bytes));
  },
  padToken: 0,
};
