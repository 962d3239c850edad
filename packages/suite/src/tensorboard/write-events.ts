/**
 * What TensorBoard shows of a run: its epochs, written anew with every one that ends, so that a run that resumes goes on
 * where its checkpoint is. The times of epochs that were written before are kept: they are the only thing in the file
 * that the run does not determine.
 */
import { readFile } from 'node:fs/promises';
import { writeFileWhole } from '@interfuse/safetensors';
import type { EpochRecord } from '@interfuse/training/loop';
import { pathOf } from '../run/run-folder.js';
import { decodeEvents, encodeEvents, type ScalarEvent } from './event-file.js';

/** @param now seconds since 1970, for the epochs that the file does not have yet */
export async function writeEvents(
  folder: string,
  history: readonly EpochRecord[],
  now = Date.now() / 1000,
): Promise<void> {
  const path = pathOf(folder, 'events');
  const written = await readFile(path).then(decodeEvents, () => []);
  const times = new Map(written.map(({ step, wallTime }) => [step, wallTime]));
  const events = history.map((record): ScalarEvent => {
    const step = record.epoch + 1;
    return { wallTime: times.get(step) ?? now, step, scalars: scalarsOf(record) };
  });
  await writeFileWhole(path, encodeEvents(events[0]?.wallTime ?? now, events));
}

/** What is not defined has no point. */
function scalarsOf({ loss, losses, valid, learningRate }: EpochRecord): Record<string, number> {
  const named = (group: string, figures: { readonly [name: string]: number }) =>
    Object.entries(figures).map(([name, value]) => [`${group}/${name}`, value] as const);
  const all = [
    ['loss', loss] as const,
    ...named('loss terms', losses),
    ...named('valid', valid),
    ['learning rate', learningRate] as const,
  ];
  return Object.fromEntries(all.filter(([, value]) => Number.isFinite(value)));
}
