/** The optimizer that the settings of a training describe: clip by value, clip by global norm, AdamW. */
import type { TrainingSettings } from '@interfuse/core';
import { adamW } from './adamw.js';
import { clippers } from './clip.js';
import { overJointLeaves } from './side-by-side.js';
import { chain, type GradientTransform } from './transform.js';

export function optimizerFor(settings: TrainingSettings): GradientTransform {
  return overJointLeaves(chain(...clippers(settings), adamW(settings)));
}
