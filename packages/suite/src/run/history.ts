/** `metrics.jsonl`: the records of the epochs of a run. */
import { readFile } from 'node:fs/promises';
import { InterfuseError } from '@interfuse/core';
import type { EpochRecord } from '@interfuse/training/loop';
import { pathOf } from './run-folder.js';

/** Of a finished run; those of older versions have nothing to `inspect` in them. @throws RUN_INVALID */
export async function readHistory(folder: string): Promise<EpochRecord[]> {
  const place = pathOf(folder, 'metrics');
  try {
    const lines = (await readFile(place, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as EpochRecord);
  } catch (cause) {
    throw new InterfuseError('RUN_INVALID', {
      place,
      expected: 'one line of JSON for every epoch',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
