/** Batches in few lengths: all sequences of a batch are cut to the same quarter of their full lengths. */
import type { HostTensor, HostTensors } from '@interfuse/core';

/** A compiling engine compiles once for each of them, whatever the number of sequences in a batch. */
const buckets = 4;

/**
 * The batch with its padding cut to a quarter, half, three quarters or all of the lengths that it has, the same share for
 * text and streams: the smallest that every sequence fits in.
 *
 * @param batch padded to full lengths
 */
export function cutToBucket(batch: HostTensors): HostTensors {
  const sequences = Object.keys(batch).filter((path) => path.endsWith('/mask'));
  const shares = sequences.map((path) => longest(batch[path] as HostTensor) / lengthOf(batch[path] as HostTensor));
  const quarters = Math.ceil(Math.max(0, ...shares) * buckets) || 1;
  if (quarters === buckets || sequences.length === 0) return batch;
  const cut = { ...batch };
  for (const mask of sequences) {
    const length = lengthOf(batch[mask] as HostTensor);
    const kept = Math.ceil((length * quarters) / buckets);
    const folder = mask.slice(0, -'mask'.length);
    for (const path of [mask, `${folder}tokens`, `${folder}values`]) {
      const tensor = batch[path];
      if (tensor !== undefined) cut[path] = cutSteps(tensor, kept);
    }
  }
  return cut;
}

const lengthOf = ({ shape }: HostTensor): number => shape[1] as number;

/** The position after the last one that is real in any sample. */
function longest({ shape, data }: HostTensor): number {
  const [batch, length] = shape as [number, number];
  let most = 0;
  for (let row = 0; row < batch; row += 1) {
    most = Math.max(most, data.subarray(row * length, (row + 1) * length).lastIndexOf(1) + 1);
  }
  return most;
}

/** [B, S, ...] -> [B, kept, ...]. */
function cutSteps({ shape, type, data }: HostTensor, kept: number): HostTensor {
  const [batch, length, ...rest] = shape as [number, number, ...number[]];
  const step = rest.reduce((size, extent) => size * extent, 1);
  const values = data.slice(0, batch * kept * step);
  for (let row = 1; row < batch; row += 1) {
    values.set(data.subarray(row * length * step, (row * length + kept) * step), row * kept * step);
  }
  return { shape: [batch, kept, ...rest], type, data: values };
}
