/** What DeepMLF's authors train with, where it does not depend on the size of model and data (arXiv 2504.11082). */
import type { TrainingSettings } from '@interfuse/core';

export const recipe: Partial<TrainingSettings> = {
  betas: [0.9, 0.95],
  epsilon: 1e-8,
  clipNorm: 0,
  clipValue: 5,
  // Gradients of the audio-visual encoder are not clipped.
  groups: { encoders: { clip: false } },
};
