/** Modalities by name: the text, and every stream that the run uses. */
import { type FusionHost, InterfuseError, type LanguageModel } from '@interfuse/core';

export type ByModality<T> = { readonly [modality: string]: T };

/** The width of what each modality gives: hidden states of the language model, and vectors of the encoders. */
export function modalityWidths(host: FusionHost, { config }: LanguageModel): ByModality<number> {
  const encoders = Object.entries(host.encoders).map(([stream, { width }]) => [stream, width] as const);
  return { text: config.width, ...Object.fromEntries(encoders) };
}

export function mapModalities<T, R>(values: ByModality<T>, change: (value: T, modality: string) => R): ByModality<R> {
  return Object.fromEntries(Object.entries(values).map(([modality, value]) => [modality, change(value, modality)]));
}

/** A modality that the run has, of what a table of all of them holds. */
export function ofModality<T>(values: ByModality<T>, modality: string): T {
  return values[modality] as T;
}

/**
 * @param whose what stands behind the width, if no option says it: ` of the language model`
 * @throws CONFIG_WRONG_VALUE if the heads cannot share the width
 */
export function checkHeads(heads: number, width: number, whose = ''): void {
  if (width % heads === 0) return;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'fusion.options.heads',
    expected: `a divisor of the width ${width}${whose}`,
    got: String(heads),
  });
}
