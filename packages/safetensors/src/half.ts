/** Numbers in IEEE 754 half precision: a sign, 5 bits of exponent, 10 of fraction. */

/** IEEE 754 half precision to a number. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** A number to IEEE 754 half precision, rounded to nearest, ties to even. */
export function toHalf(value: number): number {
  single[0] = value;
  const bits = singleBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 255) return fraction ? 0x7e00 : sign | 0x7c00;
  if (exponent >= 143) return sign | 0x7c00;
  // Below 2^-14 halves are spaced 2^-24 apart; above, 10 of the 23 bits of fraction are kept.
  if (exponent >= 113) return sign | roundedShift(((exponent - 112) << 23) | fraction, 13);
  return exponent < 102 ? sign : sign | roundedShift(fraction | 0x800000, 126 - exponent);
}

/** bits / 2^shift, to the nearest whole number, ties to even. A carry out of the fraction is the next exponent. */
function roundedShift(bits: number, shift: number): number {
  const floor = bits >>> shift;
  const rest = bits & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return rest > tie || (rest === tie && floor % 2 === 1) ? floor + 1 : floor;
}

let halves: Float32Array | undefined;

/** Every half as a number, computed when the first one is read: a look-up takes a tenth of the time. */
export function halfValues(): Float32Array {
  halves ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => fromHalf(bits));
  return halves;
}
