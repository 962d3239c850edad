/**
 * The sixteen columns of what is heard, eight times a second. Three cepstral coefficients and no more: the higher ones say
 * which vowels and consonants are spoken, and from those polarity can be told a little.
 */
import { describeSound, type PooledColumn, pool, type Sound } from '@interfuse/features';

export const framesPerSecond = 8;

export const audioColumns: readonly PooledColumn[] = [
  { name: 'energy', of: 'energy', by: 'mean' },
  { name: 'energy-change', of: 'energy', by: 'change' },
  { name: 'voicing', of: 'voicing', by: 'mean' },
  { name: 'pitch', of: 'pitch', by: 'voiced-mean' },
  { name: 'pitch-spread', of: 'pitch', by: 'spread' },
  { name: 'centroid', of: 'centroid', by: 'mean' },
  { name: 'roll-off', of: 'roll-off', by: 'mean' },
  { name: 'slope', of: 'slope', by: 'mean' },
  { name: 'flux', of: 'flux', by: 'mean' },
  { name: 'strength', of: 'strength', by: 'mean' },
  { name: 'pitch-change', of: 'pitch', by: 'change' },
  { name: 'slope-change', of: 'slope', by: 'change' },
  { name: 'centroid-change', of: 'centroid', by: 'change' },
  { name: 'mfcc-1', of: 'mfcc-1', by: 'mean' },
  { name: 'mfcc-2', of: 'mfcc-2', by: 'mean' },
  { name: 'mfcc-3', of: 'mfcc-3', by: 'mean' },
];

/** [steps, 16]. */
export function audioStream(sound: Sound): Float32Array {
  return pool(describeSound(sound), audioColumns, framesPerSecond);
}
