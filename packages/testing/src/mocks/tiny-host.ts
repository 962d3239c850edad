/** The host that the kit shows to a strategy: a tiny language model, tiny encoders and the streams audio and vision. */
import type { FusionHost, FusionPlugin, LanguageModel, StreamSpec, Task } from '@interfuse/core';
import { silent } from './silent.js';
import { tinyEncoder } from './tiny-encoder.js';
import { tinyLanguageModel } from './tiny-language-model.js';

/** A score from -3 to 3, as in MOSI and MOSEI. */
export const tinyRegression: Task = { kind: 'regression', range: [-3, 3] };
/** One of three classes. */
export const tinyClassification: Task = { kind: 'classification', classes: ['negative', 'neutral', 'positive'] };

const textLength = 6;
/** More than a check trains on. */
const trainingSamples = 32;

/** `audio` and `vision`, more or fewer where that is required: widths 5, 4, 3, ... and at most 9, 7, 7, ... steps. */
export function tinyStreams({ min = 0, max = Number.POSITIVE_INFINITY }: { min?: number; max?: number } = {}): {
  readonly [name: string]: StreamSpec;
} {
  const count = Math.max(min, Math.min(2, max));
  const names = Array.from({ length: count }, (_, i) => ['audio', 'vision'][i] ?? `stream-${i + 1}`);
  return Object.fromEntries(
    names.map((name, i) => [name, { name, width: Math.max(5 - i, 1), maximumLength: i === 0 ? 9 : 7 }]),
  );
}

export interface TinyHostSettings {
  /** Default: regression on [-3, 3]. */
  readonly task?: Task;
  /** Steps that every encoder returns. Default: as many as there are frames. */
  readonly steps?: number | undefined;
  readonly languageModel?: LanguageModel;
}

/** A host that offers a language model, text, and as many streams as the plugin requires. */
export function tinyHost(plugin: Pick<FusionPlugin, 'requires'>, settings: TinyHostSettings = {}): FusionHost {
  const { task = tinyRegression, steps, languageModel = tinyLanguageModel() } = settings;
  const streams = tinyStreams(plugin.requires.streams);
  return {
    languageModel,
    encoders: Object.fromEntries(Object.entries(streams).map(([name, spec]) => [name, tinyEncoder(spec, steps)])),
    streams,
    text: { length: textLength, ...(plugin.requires.wordTimes === undefined ? {} : { wordTimes: 'measured' }) },
    samples: { train: trainingSamples },
    task,
    logger: silent,
  };
}
