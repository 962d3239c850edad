/** Whether the language model is as deep as a strategy wants to act. */
import { InterfuseError } from '@interfuse/core';

/** @throws CONFIG_WRONG_VALUE for `options.at` if the language model has fewer blocks */
export function checkDepth(depth: number, layers: number): void {
  if (depth <= layers) return;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'fusion.options.at',
    expected: `at most the ${layers} blocks of the language model`,
    got: String(depth),
  });
}
