/** Tokens to text while they come: what is shown is never taken back. */
import type { Tokenizer } from '@interfuse/core';

export interface TextStream {
  /** The text that a token adds; nothing while the bytes of a letter are not complete. */
  push(token: number): string;
  /** What is left when no token follows. */
  end(): string;
}

/** What stands for bytes that are no letter yet. */
const replacement = '\ufffd';

export function createTextStream(tokenizer: Tokenizer, prompt: readonly number[]): TextStream {
  const tokens = [...prompt];
  let shown = '';
  const rest = (): string => {
    const text = tokenizer.decode(tokens);
    const more = text.startsWith(shown) ? text.slice(shown.length) : '';
    shown += more;
    return more;
  };
  return {
    push(token) {
      tokens.push(token);
      return tokenizer.decode(tokens).endsWith(replacement) ? '' : rest();
    },
    end: rest,
  };
}
