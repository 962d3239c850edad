/** A split that is opened from a recipe, as on another thread; sample 3 is not finite, and there is no stream but audio. */
import type { OpenReader, SplitRecipe } from '@interfuse/core';
import { createSmallSplit } from '../small-model.test-support.js';

export interface SmallReader {
  readonly size: number;
  readonly broken?: boolean;
}

export const closed: string[] = [];

export const smallRecipe = (data: SmallReader): SplitRecipe => ({ module: import.meta.url, data, bytes: 1e9 });

export const openReader: OpenReader<SmallReader> = async ({ size, broken = false }) => {
  if (broken) throw new Error('there is no such disk');
  const sound = (values: Float32Array, row: number) => (row === 3 ? values.fill(Number.NaN, 4, 5) : values);
  return { ...createSmallSplit({ size, sound }), close: async () => void closed.push(`${size}`) };
};
