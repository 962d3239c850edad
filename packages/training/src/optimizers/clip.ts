/** Clipping as the settings say it: by value, then by global norm. */
import type { TensorMap, TrainingSettings } from '@interfuse/core';
import { clipByGlobalNorm } from './clip-by-global-norm.js';
import { clipByValue } from './clip-by-value.js';
import type { Clip, LeafMap } from './transform.js';

type Clipping = Pick<TrainingSettings, 'clipValue' | 'clipNorm' | 'groups'>;

export function clippers({ clipValue, clipNorm, groups }: Clipping): Clip[] {
  return [
    ...(clipValue > 0 ? [clipByValue(clipValue, groups)] : []),
    ...(clipNorm > 0 ? [clipByGlobalNorm(clipNorm, groups)] : []),
  ];
}

/** The gradients after both; neither remembers anything. */
export function clipGradients(settings: Clipping, gradients: TensorMap, leaves: LeafMap): TensorMap {
  return clippers(settings).reduce((clipped, clip) => clip.update(clipped, {}, { leaves }).updates, gradients);
}
