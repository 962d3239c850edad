/** Error arrays drawn from known variance components, for tests of the statistics. */
import type { CrossedErrors } from './crossed-errors.js';
import type { Draws } from './draws.js';

export interface SimulatedComponents {
  /** True mean error of each strategy. */
  readonly means: readonly number[];
  /** Deviation between the seeds of each strategy. */
  readonly seedDeviations: readonly number[];
  readonly seeds: number;
  /** Items of each group. */
  readonly groupSizes: readonly number[];
  /** Deviations of a group: common to all strategies, and of one strategy. */
  readonly group: number;
  readonly strategyByGroup: number;
  /** Deviation of an item: of one strategy, and of one strategy under one seed. */
  readonly strategyByItem: number;
  readonly rest: number;
}

export function simulateErrors(components: SimulatedComponents, draws: Draws): CrossedErrors {
  const { means, seedDeviations, seeds, groupSizes } = components;
  const common = groupSizes.map(() => components.group * draws.normal());
  const groups = groupSizes.flatMap((size, group) => new Array<number>(size).fill(group));
  const strategies = means.map((mean, strategy) => {
    const own = groupSizes.map(() => components.strategyByGroup * draws.normal());
    const typical = groups.map(
      (group) => mean + (common[group] as number) + (own[group] as number) + components.strategyByItem * draws.normal(),
    );
    const errors = Array.from({ length: seeds }, () => {
      const shift = (seedDeviations[strategy] as number) * draws.normal();
      return typical.map((value) => value + shift + components.rest * draws.normal());
    });
    return { name: `strategy ${strategy + 1}`, errors };
  });
  return { strategies, groups };
}
