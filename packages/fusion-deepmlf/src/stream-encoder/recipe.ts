/** What DeepMLF's authors pre-train the encoder with, where it does not depend on the data (arXiv 2504.11082). */
import type { TrainingSettings } from '@interfuse/core';

export const recipe: Partial<TrainingSettings> = {
  // The released program ignores the weight decay of its configs, and so has PyTorch's defaults.
  weightDecay: 0.01,
  betas: [0.9, 0.999],
  schedule: 'constant',
  warmup: 0,
  clipNorm: 0,
  clipValue: 1,
  patience: 8,
};
