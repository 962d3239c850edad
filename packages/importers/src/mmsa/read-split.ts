/** One split of an MMSA feature file: `raw_text`, `audio`, `vision`, `id`, lengths and labels. */
import { arrayFromPickle } from '../arrays/from-pickle.js';
import { invalidImport, readNumbers, type StoredArray } from '../arrays/stored-array.js';
import type { PickleDictionary } from '../pickle/values.js';
import type { SplitTable, StreamTable } from '../table/table.js';

/** Label by the name that it has in the file. The unimodal ones are those of CH-SIMS. */
export const labelNames: { readonly [key: string]: string } = {
  regression_labels: 'score',
  classification_labels: 'class',
  regression_labels_T: 'text',
  classification_labels_T: 'text_class',
  regression_labels_A: 'audio',
  classification_labels_A: 'audio_class',
  regression_labels_V: 'vision',
  classification_labels_V: 'vision_class',
};

/** In the order of their index. */
export const annotations = ['Negative', 'Neutral', 'Positive'];

/** BERT features; every other stream has the name that it has in the file. */
export const textFeatures = 'bert';

export interface MmsaSplit extends SplitTable {
  /** What the file holds and nothing was made of. */
  readonly unused: readonly string[];
}

/** @throws IMPORT_INVALID if something is missing or is not what its name says */
export async function readSplit(
  split: PickleDictionary,
  place: string,
  { withTextFeatures }: { readonly withTextFeatures: boolean },
): Promise<MmsaSplit> {
  const used = new Set<string>();
  const find = (key: string): StoredArray | undefined => {
    const value = split.entries.get(key);
    if (value === undefined || value === null) return undefined;
    used.add(key);
    return arrayFromPickle(value, `${place}.${key}`);
  };
  const texts = async (key: string) => {
    const array = find(key);
    if (array === undefined) return undefined;
    if (array.kind === 'texts') return array.texts();
    if (array.kind === 'numbers') return Array.from(await readNumbers(array), String);
    throw invalidImport(array.place, 'texts', 'sequences');
  };
  const numbers = async (key: string) => {
    const array = find(key);
    if (array === undefined) return undefined;
    if (array.kind === 'numbers') return readNumbers(array);
    throw invalidImport(array.place, 'numbers', array.kind);
  };

  const lengthsFromMask = await maskLengths(find('text_bert'));
  const streams: Record<string, StreamTable> = {};
  for (const [name, key] of [
    ['audio', 'audio'],
    ['vision', 'vision'],
    ...(withTextFeatures ? [[textFeatures, 'text'] as const] : []),
  ] as const) {
    const array = find(key);
    if (array === undefined) continue;
    if (array.kind === 'texts') throw invalidImport(array.place, 'numbers', 'texts');
    const ofText = lengthsFromMask?.(array);
    const declared = (await numbers(`${key}_lengths`)) ?? ofText;
    streams[name] = {
      array,
      ...(declared === undefined ? {} : { lengths: declared }),
      ...(ofText === undefined ? {} : { stepsAreWords: true }),
    };
  }
  if (Object.keys(streams).length === 0) throw invalidImport(place, '"audio" or "vision"', keysOf(split));

  const labels: Record<string, Float64Array> = {};
  for (const [key, label] of Object.entries(labelNames)) {
    const values = await numbers(key);
    if (values) labels[label] = values;
  }
  const words = await texts('annotations');
  if (words) {
    labels.annotation = Float64Array.from(words, (word) => {
      const index = annotations.indexOf(word);
      return index === -1 ? Number.NaN : index;
    });
  }
  const [rawTexts, ids] = [await texts('raw_text'), await texts('id')];
  const count = (ids ?? rawTexts ?? Object.values(labels)[0])?.length ?? 0;
  return {
    count,
    ...(ids === undefined ? {} : { ids }),
    ...(rawTexts === undefined ? {} : { texts: rawTexts }),
    labels,
    streams,
    unused: [...split.entries.keys()].map(String).filter((key) => !used.has(key)),
  };
}

/** In aligned files a step is a token: the second row of `text_bert` says which are real. */
async function maskLengths(
  array: StoredArray | undefined,
): Promise<((stream: StoredArray) => Float64Array | undefined) | undefined> {
  if (array?.kind !== 'numbers' || array.shape.length !== 3 || array.shape[1] !== 3) return undefined;
  const [count, , steps] = array.shape as [number, number, number];
  const values = await readNumbers(array);
  const lengths = new Float64Array(count);
  for (let sample = 0; sample < count; sample += 1) {
    for (let step = 0; step < steps; step += 1) {
      const mask = values[(sample * 3 + 1) * steps + step] as number;
      if (mask !== 0 && mask !== 1) return undefined;
      lengths[sample] = (lengths[sample] as number) + mask;
    }
  }
  return (stream: StoredArray) => {
    if (stream.kind !== 'numbers' || stream.shape[1] !== steps || stream.shape[0] !== count) return undefined;
    return lengths;
  };
}

export function keysOf(dictionary: PickleDictionary): string {
  return [...dictionary.entries.keys()].slice(0, 12).join(', ') || 'nothing';
}
