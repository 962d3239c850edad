/**
 * What a generated dataset is made of: how much of the label every modality knows, one modality alone, or only all of
 * them together. The words are those of partial information decomposition (Liang et al. 2023, arXiv 2302.12247).
 */
import { InterfuseError, throwProblems } from '@interfuse/core';

export interface DesignOptions {
  /** Names of the streams. */
  readonly streams?: readonly string[];
  /** Whether samples have a text, which is a modality like any other. */
  readonly text?: boolean;
  /** Weight in the label of what every modality shows. */
  readonly redundancy?: number;
  /** Weight of what one modality shows alone: the same for all, or by modality (those left out: 0). */
  readonly uniqueness?: number | { readonly [modality: string]: number };
  /** Weight of the parity of bits of which each modality shows one: nothing is known without all of them. */
  readonly synergy?: number;
  /** Standard deviation with which a stream, averaged over its steps, shows a bit of -1 or 1. */
  readonly noise?: number;
  /** Weight in the label of a bit that nothing shows. */
  readonly labelNoise?: number;
  readonly task?: 'regression' | 'classification';
  /** Of a classification. */
  readonly classes?: number;
  /** Features of each stream. */
  readonly width?: number;
  /** Fewest and most steps of a stream. */
  readonly steps?: readonly [number, number];
}

export interface Design {
  readonly streams: readonly string[];
  /** The streams, and `text` first if there is one. */
  readonly modalities: readonly string[];
  readonly redundancy: number;
  readonly uniqueness: { readonly [modality: string]: number };
  readonly synergy: number;
  readonly noise: number;
  readonly labelNoise: number;
  readonly task: 'regression' | 'classification';
  readonly classes: number;
  readonly width: number;
  readonly steps: readonly [number, number];
}

/** Latents of a modality: the shared bit, its own, and its part of the parity. */
export const latentsPerModality = 3;

const mostStreams = 4;
const streamName = /^(?!(text|samples)$)[a-z][a-z0-9_-]*$/;

/** Fills in the defaults. @throws CONFIG_WRONG_VALUE */
export function designOf(options: DesignOptions = {}): Design {
  const { streams = ['audio', 'vision'], text = false, redundancy = 1, uniqueness = 1, synergy = 1 } = options;
  const { noise = 0.5, labelNoise = 0, task = 'regression', classes = 2, width = 16, steps = [4, 16] } = options;
  const modalities = [...(text ? ['text'] : []), ...streams];
  const uniquenessOf = (modality: string) =>
    typeof uniqueness === 'number' ? uniqueness : (uniqueness[modality] ?? 0);
  const design: Design = {
    streams,
    modalities,
    redundancy,
    uniqueness: Object.fromEntries(modalities.map((modality) => [modality, uniquenessOf(modality)])),
    synergy,
    noise,
    labelNoise,
    task,
    classes,
    width,
    steps,
  };
  throwProblems([
    ...problemsOf(design),
    ...(typeof uniqueness === 'number' ? [] : Object.keys(uniqueness))
      .filter((name) => !modalities.includes(name))
      .map((name) => wrong(`uniqueness.${name}`, `a modality: ${modalities.join(', ')}`, `"${name}"`)),
  ]);
  return design;
}

function problemsOf(design: Design): InterfuseError[] {
  const { streams, modalities, redundancy, uniqueness, synergy, noise, labelNoise, classes, width, steps } = design;
  const problems: InterfuseError[] = [];
  const require = (holds: boolean, place: string, expected: string, got: unknown) => {
    if (!holds) problems.push(wrong(place, expected, String(got)));
  };
  require(streams.length >= 1 &&
    streams.length <= mostStreams &&
    new Set(streams).size === streams.length, 'streams', `1 to ${mostStreams} names, all different`, streams.join(
    ', ',
  ));
  for (const name of streams) require(streamName.test(name), 'streams', 'a name in lower case, not text', `"${name}"`);
  const weights = {
    redundancy,
    ...Object.fromEntries(Object.entries(uniqueness).map(([name, weight]) => [`uniqueness.${name}`, weight])),
    synergy,
    labelNoise,
  };
  for (const [place, weight] of Object.entries(weights)) {
    require(isWithin(weight, 0, 1000), place, 'a weight from 0 to 1000', weight);
  }
  const known = redundancy + synergy + Object.values(uniqueness).reduce((sum, weight) => sum + weight, 0);
  require(!(known <= 0), 'redundancy, uniqueness, synergy', 'a weight above 0', 'nothing that the label depends on');
  require(modalities.length > 1 ||
    synergy === 0, 'synergy', '0 for one modality, which has nothing to be combined with', synergy);
  require(isWithin(noise, 0, 10), 'noise', 'a standard deviation from 0 to 10', noise);
  require(isWhole(classes, 2, 20), 'classes', 'a whole number from 2 to 20', classes);
  require(isWhole(
    width,
    latentsPerModality,
    4096,
  ), 'width', `a whole number from ${latentsPerModality} to 4096`, width);
  const [fewest, most] = steps;
  require(isWhole(fewest, 1, 10_000) &&
    isWhole(most, fewest, 10_000), 'steps', 'the fewest and the most steps, from 1 to 10000', steps.join(', '));
  return problems;
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && isWithin(value, least, most);
}

export function wrong(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', { place, expected, got });
}
