/** Changes of a batch on the host: what lies under its masks, and which samples it holds in which order. */
import type { HostTensor, HostTensors } from '@interfuse/core';

/** Under the masks of the streams lie large numbers of both signs. */
export function fillUnderStreams(batch: HostTensors): HostTensors {
  return changed(batch, /^streams\/.+\/values$/, (path, tensor) => {
    const { data: mask } = batch[path.replace(/values$/, 'mask')] as HostTensor;
    const width = tensor.shape[2] as number;
    return (tensor.data as Float32Array).map((value, i) =>
      mask[Math.floor(i / width)] ? value : (i % 2 === 0 ? 1e4 : -1e4) + i,
    );
  });
}

/** Under the mask of the text lie other tokens than the pad. */
export function fillUnderText(batch: HostTensors, vocabulary: number): HostTensors {
  return changed(batch, /^text\/tokens$/, (_, { data }) => {
    const { data: mask } = batch['text/mask'] as HostTensor;
    return (data as Int32Array).map((token, i) => (mask[i] ? token : 1 + (i % (vocabulary - 1))));
  });
}

/** The samples at these positions, in this order. */
export function takeSamples(batch: HostTensors, samples: readonly number[]): HostTensors {
  return Object.fromEntries(Object.entries(batch).map(([path, tensor]) => [path, takeRows(tensor, samples)]));
}

/** Along the first axis. */
export function takeRows({ shape, type, data }: HostTensor, rows: readonly number[]): HostTensor {
  const size = data.length / (shape[0] as number);
  const taken = data.slice(0, rows.length * size);
  rows.forEach((row, i) => {
    taken.set(data.subarray(row * size, (row + 1) * size), i * size);
  });
  return { shape: [rows.length, ...shape.slice(1)], type, data: taken };
}

/** The label of one sample is not known; what stands there is `value`. */
export function forgetLabel(batch: HostTensors, sample: number, value: number): HostTensors {
  const replace = <D extends HostTensor['data']>(data: D, by: number): D => {
    const copy = data.slice() as D;
    copy[sample] = by;
    return copy;
  };
  const label = batch['labels/task/values'] as HostTensor;
  const known = batch['labels/task/known'] as HostTensor;
  return {
    ...batch,
    'labels/task/values': { ...label, data: replace(label.data, value) },
    'labels/task/known': { ...known, data: replace(known.data, 0) },
  };
}

function changed(
  batch: HostTensors,
  pattern: RegExp,
  change: (path: string, tensor: HostTensor) => HostTensor['data'],
): HostTensors {
  const entries = Object.entries(batch).map(([path, tensor]): [string, HostTensor] => [
    path,
    pattern.test(path) ? { ...tensor, data: change(path, tensor) } : tensor,
  ]);
  return Object.fromEntries(entries);
}
