import { readFileSync } from 'node:fs';
import { trainingDefaults } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { epochSchedule, learningRateSchedule, plateauScale, warmRestarts } from './schedules.js';

const golden = JSON.parse(readFileSync(new URL('../../../test/goldens/deepmlf-modules.json', import.meta.url), 'utf8'));

describe('warm restarts', () => {
  it("give the learning rates that DeepMLF's authors used on CH-SIMS", () => {
    const reference = golden.lr_schedule_SIMS;
    const { base, warmup, max_epochs: epochs, steps_per_epoch: steps } = reference;
    const schedule = warmRestarts({ base, warmup, period: (epochs + 1) * steps - warmup, minimum: 1e-7 });
    const expected: number[] = reference.lr_used_at_optimizer_step_k;
    expect(expected.length).toBe(40);
    expected.forEach((rate, update) => {
      expect(schedule(update)).toBeCloseTo(rate, 15);
    });
  });

  it('start again from the top after each period', () => {
    const schedule = warmRestarts({ base: 1, warmup: 2, period: 10, minimum: 0.1 });
    expect(schedule(2)).toBe(1);
    expect(schedule(7)).toBeCloseTo(0.55, 12);
    expect(schedule(12)).toBe(1);
  });
});

describe('the schedule of a training', () => {
  const rates = (schedule: 'constant' | 'linear' | 'cosine', warmup: number): number[] => {
    const at = learningRateSchedule({ schedule, learningRate: 8, warmup, minimumRate: 0 }, 8);
    return Array.from({ length: 8 }, (_, update) => at(update));
  };

  it('rises from 0 in equal steps over the warm-up, whatever follows', () => {
    for (const kind of ['constant', 'linear', 'cosine'] as const) {
      expect(rates(kind, 0.5).slice(0, 5)).toEqual([0, 2, 4, 6, 8]);
    }
  });

  it('then stays, or falls to zero with the update after the last', () => {
    expect(rates('constant', 0)).toEqual(new Array(8).fill(8));
    expect(rates('linear', 0)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(rates('linear', 0.5).slice(4)).toEqual([8, 6, 4, 2]);
    // 8 (1 + cos(pi / 4)) / 2 and its mirror image
    [8, 6.8284271, 4, 1.1715729].forEach((rate, i) => {
      expect(rates('cosine', 0.5)[4 + i]).toBeCloseTo(rate, 6);
    });
  });

  it('ends at its minimum, and stays there or starts again', () => {
    const at = (schedule: 'linear' | 'cosine' | 'cosine-restarts', update: number): number =>
      learningRateSchedule({ schedule, learningRate: 9, warmup: 0, minimumRate: 1 }, 8)(update);
    for (const schedule of ['linear', 'cosine'] as const) {
      expect(at(schedule, 4)).toBe(5);
      expect([at(schedule, 8), at(schedule, 100)]).toEqual([1, 1]);
    }
    expect(at('cosine-restarts', 8)).toBe(9);
    expect(at('cosine-restarts', 12)).toBe(5);
  });
});

describe('a schedule by epochs', () => {
  it("gives, from settings alone, the learning rates that DeepMLF's authors used on CH-SIMS", () => {
    const { base, max_epochs: epochs, steps_per_epoch: steps, lr_used_at_optimizer_step_k } = golden.lr_schedule_SIMS;
    const settings = {
      ...trainingDefaults,
      learningRate: base,
      schedule: 'cosine-restarts',
      scheduleEpochs: epochs + 1,
      minimumRate: 1e-7,
      warmupEpochs: 1,
      epochs: 10_000,
    } as const;
    const schedule = epochSchedule(settings, steps);
    const rates = Array.from(lr_used_at_optimizer_step_k as number[], (_, update) => schedule(update));
    // The optimizer computes in float32: there they are the same numbers.
    expect(rates.map(Math.fround)).toEqual((lr_used_at_optimizer_step_k as number[]).map(Math.fround));
    // (max_epochs + 1) x 5 steps, less the warm-up of 5: the period is 500, then the top again.
    expect(schedule(5 + 499)).toBeLessThan(1.1e-7);
    expect(schedule(5 + 500)).toBe(base);
  });

  it('is shaped by its own number of epochs, not by the cap', () => {
    const settings = {
      ...trainingDefaults,
      schedule: 'linear',
      learningRate: 1,
      warmup: 0,
      scheduleEpochs: 4,
    } as const;
    for (const epochs of [1, 4, 50]) expect(epochSchedule({ ...settings, epochs }, 10)(20)).toBe(0.5);
    expect(epochSchedule({ ...settings, scheduleEpochs: null, epochs: 8 }, 10)(20)).toBe(0.75);
  });

  it('warms up over a share of its updates, or over epochs', () => {
    const settings = { ...trainingDefaults, schedule: 'constant', learningRate: 1, epochs: 10 } as const;
    expect(epochSchedule({ ...settings, warmup: 0.2 }, 10)(10)).toBe(0.5);
    expect(epochSchedule({ ...settings, warmup: 0.2, warmupEpochs: 1.5 }, 10)(6)).toBe(0.4);
    expect(epochSchedule({ ...settings, warmup: 0.2, warmupEpochs: 0 }, 10)(0)).toBe(1);
  });
});

describe('a plateau', () => {
  const settings = { plateauFactor: 0.5, plateauPatience: 2 };

  // Expected values: torch.optim.lr_scheduler.ReduceLROnPlateau(factor=0.5, patience=2), by its documentation.
  it('lowers the rate with the first epoch that patience does not bear, and counts anew', () => {
    expect(plateauScale([1, 1, 1], 'lower', settings)).toBe(1);
    expect(plateauScale([1, 1, 1, 1], 'lower', settings)).toBe(0.5);
    expect(plateauScale([1, 1, 1, 1, 1, 1], 'lower', settings)).toBe(0.5);
    expect(plateauScale([1, 1, 1, 1, 1, 1, 1], 'lower', settings)).toBe(0.25);
    expect(plateauScale([1, 1, 1, 0.9, 1, 1], 'lower', settings)).toBe(1);
  });

  it('takes a change of less than 0.01 % for none, in either direction', () => {
    expect(plateauScale([1, 0.99995, 0.99992, 0.99991], 'lower', settings)).toBe(0.5);
    expect(plateauScale([1, 0.99995, 0.99992, 0.9998], 'lower', settings)).toBe(1);
    expect(plateauScale([1, 1.00005, 1.00008, 1.00009], 'higher', settings)).toBe(0.5);
    expect(plateauScale([1, 1.00005, 1.00008, 1.0002], 'higher', settings)).toBe(1);
  });

  it('never takes a figure that is not defined for an improvement', () => {
    expect(plateauScale([Number.NaN, Number.NaN, Number.NaN], 'lower', settings)).toBe(0.5);
    expect(plateauScale([Number.NaN, 3, Number.NaN, 2], 'lower', settings)).toBe(1);
  });
});
