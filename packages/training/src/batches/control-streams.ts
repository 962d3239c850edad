/**
 * Controls: a dataset whose streams tell nothing about the sample that has them. What a strategy still gains with them
 * over another comes of its text side, of its losses or of its size, and not of fusion.
 */
import {
  type Dataset,
  type DatasetSpec,
  InterfuseError,
  type Sample,
  type Split,
  type StreamControl,
} from '@interfuse/core';
import { drawKey, hashString, uniformAt } from '@interfuse/nn';
import { constantReader, shuffledReader, shuffledRecipe } from './controlled-readers.js';

/**
 * `constant-streams`: every sample has all streams, at their full length, all zeros. `shuffled-streams`: every sample
 * has the streams of another sample of the same split, absent ones included; which one is a function of seed and split.
 */
export function controlStreams(dataset: Dataset, control: Exclude<StreamControl, 'none'>, seed: number): Dataset {
  const controlled = (split: Split): Split =>
    control === 'constant-streams' ? withConstantStreams(split, dataset.spec) : withShuffledStreams(split, seed);
  return {
    ...dataset,
    open: async (name) => controlled(await dataset.open(name)),
    openTest: async (receipt) => controlled(await dataset.openTest(receipt)),
  };
}

function withConstantStreams(split: Split, { streams }: DatasetSpec): Split {
  const samples = split.samples.map(({ missing: _, ...sample }): Sample => sample);
  return { ...constantReader(split, streams), name: split.name, samples };
}

function withShuffledStreams(split: Split, seed: number): Split {
  const { name, recipe } = split;
  const givers = derangement(split.samples.length, seed, name);
  const samples = split.samples.map(({ missing: _, ...sample }, row): Sample => {
    const { missing } = split.samples[givers[row] as number] as Sample;
    return missing === undefined ? sample : { ...sample, missing };
  });
  return {
    ...shuffledReader(split, givers),
    name,
    samples,
    ...(recipe && { recipe: shuffledRecipe(recipe, givers) }),
  };
}

/**
 * A uniformly random cycle through all samples (Sattolo 1986), so that none keeps its own streams.
 *
 * @throws CONFIG_WRONG_VALUE for a single sample, which has no other to get them from
 */
export function derangement(size: number, seed: number, split: string): Int32Array {
  if (size < 2) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: 'fusion.control',
      expected: `none or constant-streams: the split ${split} has ${size} sample to shuffle streams among`,
      got: 'shuffled-streams',
    });
  }
  const givers = Int32Array.from({ length: size }, (_, row) => row);
  const draw = drawKey(seed, 0, hashString(`shuffled streams/${split}`));
  for (let last = size - 1; last > 0; last -= 1) {
    const chosen = Math.floor(uniformAt(draw, last) * last);
    const giver = givers[last] as number;
    givers[last] = givers[chosen] as number;
    givers[chosen] = giver;
  }
  return givers;
}
