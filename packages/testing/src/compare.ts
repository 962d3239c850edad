/** How far two tensors, or two sets of tensors, are apart. */
import type { HostTensor, HostTensors } from '@interfuse/core';

/** Largest |a - b| / max(1, |b|) over all entries; infinite if a number is not finite or the shapes differ. */
export function difference(a: HostTensor, b: HostTensor): number {
  if (`${a.shape}` !== `${b.shape}`) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.data.length; i += 1) {
    const [left, right] = [a.data[i] as number, b.data[i] as number];
    const apart = Math.abs(left - right) / Math.max(1, Math.abs(right));
    if (!(apart <= largest)) largest = Number.isFinite(apart) ? apart : Number.POSITIVE_INFINITY;
  }
  return largest;
}

/** The path where two sets differ most, and by how much. */
export function worstDifference(a: HostTensors, b: HostTensors): { path: string; difference: number } {
  let worst = { path: '', difference: 0 };
  for (const path of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [left, right] = [a[path], b[path]];
    const apart = left && right ? difference(left, right) : Number.POSITIVE_INFINITY;
    if (apart > worst.difference) worst = { path, difference: apart };
  }
  return worst;
}

/** The first path whose values are not the same bit by bit. */
export function firstUnequal(a: HostTensors, b: HostTensors): string | undefined {
  const bits = ({ data }: HostTensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].find((path) => {
    const [left, right] = [a[path], b[path]];
    return !left || !right || Buffer.compare(bits(left), bits(right)) !== 0;
  });
}

/** The first path that holds a NaN or an infinity. */
export function firstNotFinite(tensors: HostTensors): string | undefined {
  return Object.keys(tensors).find(
    (path) => !(tensors[path] as HostTensor).data.every((value) => Number.isFinite(value)),
  );
}

export function largestMagnitude({ data }: HostTensor): number {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
}
