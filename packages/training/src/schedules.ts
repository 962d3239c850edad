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
 * The schedule that the settings describe: after the warm-up the rate stays, or falls to its minimum along a line or half
 * a cosine, which it would reach with the update after the last. Beyond that it stays there, or starts again
 * (`cosine-restarts`). `plateau` stays: what validation does to it is `plateauScale`.
 *
 * @param updates optimizer steps of the schedule, warm-up included
 * @param warmup optimizer steps over which the rate rises
 */
export function learningRateSchedule(
  settings: Pick<TrainingSettings, 'schedule' | 'learningRate' | 'warmup' | 'minimumRate'>,
  updates: number,
  warmup = Math.round(settings.warmup * updates),
): Schedule {
  const { learningRate: base, minimumRate: minimum } = settings;
  const period = Math.max(updates - warmup, 1);
  const cosine = warmRestarts({ base, warmup, period, minimum });
  switch (settings.schedule) {
    case 'constant':
    case 'plateau':
      return warmUp(base, warmup, () => base);
    case 'linear':
      return warmUp(base, warmup, (update) => minimum + (base - minimum) * Math.max(1 - update / period, 0));
    case 'cosine':
      return (update) => (update < warmup + period ? cosine(update) : minimum);
    case 'cosine-restarts':
      return cosine;
  }
}

/** The schedule of a training whose epochs have so many updates. */
export function epochSchedule(
  settings: Pick<
    TrainingSettings,
    'schedule' | 'learningRate' | 'warmup' | 'minimumRate' | 'epochs' | 'scheduleEpochs' | 'warmupEpochs'
  >,
  updatesPerEpoch: number,
): Schedule {
  const { epochs, scheduleEpochs, warmup, warmupEpochs } = settings;
  const updates = (scheduleEpochs ?? epochs) * updatesPerEpoch;
  return learningRateSchedule(
    settings,
    updates,
    Math.round(warmupEpochs === null ? warmup * updates : warmupEpochs * updatesPerEpoch),
  );
}

/** By what share a figure has to change to count, as in PyTorch's ReduceLROnPlateau. */
const plateauThreshold = 1e-4;

/**
 * What the learning rate of the next epoch is multiplied by: `factor` to the number of plateaus in the figures so far,
 * one by epoch. A plateau is `patience` + 1 epochs without improvement by more than 0.01 %; the count then starts again.
 * It is PyTorch's ReduceLROnPlateau with its defaults. It follows from the figures, so that nothing else is remembered.
 *
 * @param figures NaN counts as no improvement
 */
export function plateauScale(
  figures: readonly number[],
  better: 'lower' | 'higher',
  { plateauFactor: factor, plateauPatience: patience }: Pick<TrainingSettings, 'plateauFactor' | 'plateauPatience'>,
): number {
  const sign = better === 'lower' ? 1 : -1;
  let best = Number.POSITIVE_INFINITY;
  let without = 0;
  let scale = 1;
  for (const figure of figures.map((value) => sign * value)) {
    const isBetter = best === Number.POSITIVE_INFINITY ? figure < best : figure < best * (1 - sign * plateauThreshold);
    if (isBetter) [best, without] = [figure, 0];
    else without += 1;
    if (without <= patience) continue;
    scale *= factor;
    without = 0;
  }
  return scale;
}
