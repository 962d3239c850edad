/**
 * Weights that are no numbers, found where an engine takes the weights in.
 *
 * A weight that becomes resident is looked at once it is decoded. One that stays in its file is streamed through once in
 * the life of a process, since what is mapped is seen by nobody before it spoils a result; that costs about as much as
 * reading the file, which the first step does anyway.
 */
import { firstNotFinite, InterfuseError } from '@interfuse/core';
import type { EncodedType } from './data-types.js';
import type { Encoded, SafetensorsFile } from './read.js';

/** Bytes that are looked at together: whole values of every type that can stay in its file. */
const chunkBytes = 2 ** 22;

/**
 * A float is NaN or infinite if every bit of its exponent is set: adding the lowest of them carries into the bit
 * of its sign. A word of four bytes holds one or two floats.
 */
const exponents: Partial<
  Record<EncodedType, { readonly mask: number; readonly lowest: number; readonly sign: number }>
> = {
  F32: { mask: 0x7f800000, lowest: 0x00800000, sign: 0x80000000 },
  F16: { mask: 0x7c007c00, lowest: 0x04000400, sign: 0x80008000 },
  BF16: { mask: 0x7f807f80, lowest: 0x00800080, sign: 0x80008000 },
};

const finite = new Set<string>();

/** Streams through a tensor that stays in its file. @throws WEIGHTS_NOT_FINITE that names the tensor and the place in it */
export async function assertFinite(tensor: string, entry: Encoded, file: SafetensorsFile): Promise<void> {
  const place = `${file.header.file}: ${tensor}`;
  const key = `${place} ${entry.begin} ${await file.version()}`;
  if (finite.has(key)) return;
  const bits = exponents[entry.type];
  for (let begin = entry.begin; begin < entry.end; begin += chunkBytes) {
    const end = Math.min(begin + chunkBytes, entry.end);
    const bytes = bits && (await file.bytes(tensor, begin, end));
    if (bytes && bits && !mayHoldNotFinite(bytes, bits)) continue;
    const values = (await file.values(tensor, entry, begin, end)) as Float32Array;
    const bytesPerValue = (end - begin) / values.length;
    assertFiniteValues(place, values, (begin - entry.begin) / bytesPerValue);
  }
  finite.add(key);
}

function mayHoldNotFinite(bytes: Uint8Array, { mask, lowest, sign }: { mask: number; lowest: number; sign: number }) {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  let carried = 0;
  for (let i = 0; i < words.length; i += 1) carried |= ((words[i] as number) & mask) + lowest;
  // An odd number of halves leaves one over: whoever decodes them looks at it.
  return (carried & sign) !== 0 || bytes.byteLength % 4 !== 0;
}

/** @throws WEIGHTS_NOT_FINITE. @param before values of the tensor that come before these, for the error */
export function assertFiniteValues(place: string, values: Float32Array, before = 0): void {
  const at = firstNotFinite(values);
  if (at < 0) return;
  throw new InterfuseError('WEIGHTS_NOT_FINITE', {
    place,
    expected: 'finite numbers',
    got: `${values[at]} at position ${before + at}`,
  });
}
