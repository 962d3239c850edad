/** Batches for tests: ragged, seeded, on the host, with the paths that steps expect (training/src/steps/inputs.ts). */
import type { FusionHost, HostTensor, HostTensors, Task } from '@interfuse/core';
import { drawKey, hashString, uniformAt } from '@interfuse/nn';

export interface TinyBatchSettings {
  readonly size: number;
  /** Of all values, from 1. The first samples of a larger batch are those of a smaller one. Default: 1. */
  readonly seed?: number;
  /** `full` pads to the lengths of the run, `tight` to the longest sample of the batch. Default: full. */
  readonly padding?: 'full' | 'tight';
  /** The modalities, `text` or names of streams, that a sample lacks. Default: none. */
  readonly absent?: (sample: number) => readonly string[];
}

const samplesPerSeed = 8;

/** No sample is as long as the run allows, so that `full` and `tight` differ. */
export function tinyBatch(host: FusionHost, settings: TinyBatchSettings): HostTensors {
  const { size, seed = 1, padding = 'full', absent = () => [] } = settings;
  const uniform = (name: string, sample: number, index: number): number =>
    uniformAt(drawKey(seed, sample, hashString(name)), index);

  /** Samples of another seed are others of the split. */
  const rowOf = (sample: number): number => (samplesPerSeed * (seed - 1) + sample) % (host.samples?.train ?? Infinity);

  /** Mask and presence of one modality. */
  function presence(name: string, maximumLength: number): { mask: HostTensor; present: HostTensor } {
    const longest = Math.max(maximumLength - 2, 1);
    const lengths = Array.from({ length: size }, (_, sample) =>
      absent(sample).includes(name) ? 0 : 1 + Math.floor(uniform(`${name}/length`, sample, 0) * longest),
    );
    const steps = padding === 'full' ? maximumLength : Math.max(...lengths, 1);
    const mask = new Uint8Array(size * steps);
    lengths.forEach((length, sample) => {
      mask.fill(1, sample * steps, sample * steps + length);
    });
    return {
      mask: { shape: [size, steps], type: 'bool', data: mask },
      present: { shape: [size], type: 'bool', data: Uint8Array.from(lengths, (length) => Number(length > 0)) },
    };
  }

  const tensors: Record<string, HostTensor> = {
    rows: { shape: [size], type: 'int32', data: Int32Array.from({ length: size }, (_, sample) => rowOf(sample)) },
  };
  if (host.text) {
    const { mask, present } = presence('text', host.text.length);
    const steps = mask.shape[1] as number;
    const words = vocabularyOf(host) - 1;
    const tokens = Int32Array.from(mask.data, (real, i) =>
      real ? 1 + Math.floor(uniform('text', Math.floor(i / steps), i % steps) * words) : 0,
    );
    tensors['text/tokens'] = { shape: [size, steps], type: 'int32', data: tokens };
    tensors['text/mask'] = mask;
    tensors['text/present'] = present;
  }
  for (const [name, { width, maximumLength }] of Object.entries(host.streams)) {
    const { mask, present } = presence(name, maximumLength);
    const steps = mask.shape[1] as number;
    const values = Float32Array.from({ length: size * steps * width }, (_, i) => {
      const frame = Math.floor(i / width);
      const sample = Math.floor(frame / steps);
      return mask.data[frame] ? 4 * uniform(name, sample, i - sample * steps * width) - 2 : 0;
    });
    tensors[`streams/${name}/values`] = { shape: [size, steps, width], type: 'float32', data: values };
    tensors[`streams/${name}/mask`] = mask;
    tensors[`streams/${name}/present`] = present;
    if (host.text?.wordTimes) tensors[`streams/${name}/spans`] = spansOf(tensors['text/mask'] as HostTensor, mask);
  }
  for (const [name, draw] of labelsOf(host)) {
    const labels = Float32Array.from({ length: size }, (_, sample) =>
      labelAt(host.task, sample, uniform(draw, sample, 0)),
    );
    tensors[`labels/${name}/values`] = { shape: [size, 1], type: 'float32', data: labels };
    tensors[`labels/${name}/known`] = { shape: [size], type: 'bool', data: new Uint8Array(size).fill(1) };
  }
  return tensors;
}

/** The first token belongs to no word, as one that begins a text; the words of the others are spoken one after another. */
function spansOf(text: HostTensor, stream: HostTensor): HostTensor {
  const [size, length] = text.shape as [number, number];
  const count = ({ shape, data }: HostTensor, sample: number): number =>
    data.subarray(sample * (shape[1] as number), (sample + 1) * (shape[1] as number)).filter(Boolean).length;
  const spans = new Float32Array(size * length * 2);
  for (let sample = 0; sample < size; sample += 1) {
    const words = count(text, sample) - 1;
    const share = count(stream, sample) / Math.max(words, 1);
    for (let word = 0; word < words; word += 1) {
      spans.set([word * share, (word + 1) * share], 2 * (sample * length + word + 1));
    }
  }
  return { shape: [size, length, 2], type: 'float32', data: spans };
}

/** Number of tokens that texts are made of. */
export function vocabularyOf({ languageModel }: FusionHost): number {
  return languageModel?.config.vocabulary ?? 11;
}

/** The label that is predicted and one of each modality alone, as importers name them, and what they are drawn by. */
function labelsOf({ task, text, streams }: FusionHost): [name: string, draw: string][] {
  const suffix = task.kind === 'regression' ? '' : '_class';
  const modalities = [...(text ? ['text'] : []), ...Object.keys(streams)];
  return [['task', 'label'], ...modalities.map((name): [string, string] => [`${name}${suffix}`, `label/${name}`])];
}

function labelAt(task: Task, sample: number, uniform: number): number {
  if (task.kind === 'classification') return sample % task.classes.length;
  const [low, high] = task.range;
  return low + (high - low) * uniform;
}
