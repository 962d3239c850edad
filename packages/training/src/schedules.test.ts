import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { learningRateSchedule, warmRestarts } from './schedules.js';

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
    const at = learningRateSchedule({ schedule, learningRate: 8, warmup }, 8);
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
});
