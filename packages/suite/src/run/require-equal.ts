/** Figures that are computed again must be those that are stored with the run. */
import { InterfuseError } from '@interfuse/core';
import { showPath } from '../show-path.js';
import type { Figures, RunResult } from './result.js';
import { pathOf } from './run-folder.js';

/** @throws RUN_INVALID with the first figure that differs, and what has `changed` since the run was made */
export function requireEqual(
  folder: string,
  now: { readonly [Split in 'valid' | 'test']?: Figures },
  before: Pick<RunResult, 'valid' | 'test'>,
  changed: readonly string[],
): void {
  for (const split of ['valid', 'test'] as const) {
    for (const [column, figure] of Object.entries(now[split] ?? {})) {
      const stored = before[split][column];
      if (Object.is(figure, stored)) continue;
      throw new InterfuseError('RUN_INVALID', {
        place: `${showPath(pathOf(folder, 'result'))}: ${split}.${column}`,
        expected: `${stored}, as stored`,
        got: String(figure),
        ...(changed.length === 0 ? {} : { remedy: `Train it again: it was made with another ${changed.join(', ')}.` }),
      });
    }
  }
}
