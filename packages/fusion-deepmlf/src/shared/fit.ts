/** Whether tokens and heads fit the language model of the run. */
import { type FusionHost, InterfuseError, type LanguageModel } from '@interfuse/core';

export interface Fitted {
  readonly heads: number;
  /** Beside the text. */
  readonly tokens: number;
  /** The options that say how many: `fusion.options.tokens`. */
  readonly places: readonly string[];
}

/** @throws CONFIG_WRONG_VALUE if heads do not divide a width; TEXT_TOO_LONG if text and tokens have no room */
export function requireFit(host: FusionHost, { config }: LanguageModel, { heads, tokens, places }: Fitted): void {
  requireDivisor('heads', heads, config.width, 'of the language model');
  const slots = (host.text?.length ?? 0) + tokens;
  if (slots > config.contextLength) {
    throw new InterfuseError('TEXT_TOO_LONG', {
      place: new Intl.ListFormat('en-GB').format(['data.textLength', ...places]),
      expected: `together at most the ${config.contextLength} positions of the language model`,
      got: `${slots} slots`,
    });
  }
}

/** @throws CONFIG_WRONG_VALUE */
export function requireDivisor(option: string, heads: number, width: number, whose: string): void {
  if (width % heads === 0) return;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: `fusion.options.${option}`,
    expected: `a divisor of the width ${width} ${whose}`,
    got: String(heads),
  });
}
