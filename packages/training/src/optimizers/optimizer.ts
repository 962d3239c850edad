/** The optimizer that the settings of a training describe: clip by value, clip by global norm, AdamW. */
import type { TrainingSettings } from '@interfuse/core';
import { adamW } from './adamw.js';
import { clipByGlobalNorm } from './clip-by-global-norm.js';
import { clipByValue } from './clip-by-value.js';
import { overJointLeaves } from './side-by-side.js';
import { chain, type GradientTransform } from './transform.js';

export function optimizerFor(settings: TrainingSettings): GradientTransform {
  const { clipValue, clipNorm, groups } = settings;
  return overJointLeaves(
    chain(
      ...(clipValue > 0 ? [clipByValue(clipValue, groups)] : []),
      ...(clipNorm > 0 ? [clipByGlobalNorm(clipNorm, groups)] : []),
      adamW(settings),
    ),
  );
}
