/** Learning-rate schedules: functions of the number of the update, counted from 0. */
import type { TrainingSettings } from '@interfuse/core';

export type Schedule = (update: number) => number;

/**
 * rate(k) = base k / warmup for k < warmup, and from there f(k - warmup): a rise that starts at 0, so that the first
 * update moves the moments only.
 */
function warmUp(base: number, warmup: number, then: Schedule): Schedule {
  return (update) => (update < warmup ? (base * update) / warmup : then(update - warmup));
}

/**
 * Cosine with warm restarts (Loshchilov and Hutter 2017, arXiv 1608.03983), constant period, after a linear warm-up:
 * minimum + (base - minimum) (1 + cos(pi (k mod period) / period)) / 2. DeepMLF's authors train with it.
 *
 * @param settings.warmup and `period` in updates
 */
export function warmRestarts(settings: { base: number; warmup: number; period: number; minimum: number }): Schedule {
  const { base, warmup, period, minimum } = settings;
  return warmUp(
    base,
    warmup,
    (update) => minimum + ((base - minimum) * (1 + Math.cos((Math.PI * (update % period)) / period))) / 2,
  );
}

/**
 * The schedule that the settings describe: after the warm-up the rate stays, or falls to 0 along a line or half a
 * cosine, which it would reach with the update after the last.
 *
 * @param updates optimizer steps of the whole training
 */
export function learningRateSchedule(
  settings: Pick<TrainingSettings, 'schedule' | 'learningRate' | 'warmup'>,
  updates: number,
): Schedule {
  const base = settings.learningRate;
  const warmup = Math.round(settings.warmup * updates);
  const rest = Math.max(updates - warmup, 1);
  switch (settings.schedule) {
    case 'constant':
      return warmUp(base, warmup, () => base);
    case 'linear':
      return warmUp(base, warmup, (update) => base * (1 - update / rest));
    case 'cosine':
      return warmRestarts({ base, warmup, period: rest, minimum: 0 });
  }
}
