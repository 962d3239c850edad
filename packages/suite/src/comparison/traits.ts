/** What a comparison has to know of a strategy beside its runs, to compare like with like. */
import type { FusionPlugin, FusionSlot } from '@interfuse/core';

export interface StrategyTraits {
  readonly category: FusionPlugin['category'];
  /** The only one that it uses. */
  readonly modality?: string;
  /** Whether its language model is adapted to the task, by feed-forwards of its own or added ones. */
  readonly adapted: boolean;
}

export function traitsOf({ category, adaptation }: FusionPlugin, slot: FusionSlot): StrategyTraits {
  const { modality } = slot.options;
  return {
    category,
    ...(category === 'none' && typeof modality === 'string' ? { modality } : {}),
    adapted: slot.adaptation !== 'frozen' || adaptation === 'own',
  };
}
