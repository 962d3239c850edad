/** The cyclic redundancy checks of FLAC (RFC 9639, sections 9.1.8 and 9.3). */

/** Of a frame's header: x^8 + x^2 + x + 1. */
export function crc8(bytes: Uint8Array): number {
  return checksum(bytes, 8, header);
}

/** Of a frame: x^16 + x^15 + x^2 + 1. */
export function crc16(bytes: Uint8Array): number {
  return checksum(bytes, 16, frame);
}

function checksum(bytes: Uint8Array, bits: number, table: Uint16Array): number {
  const mask = 2 ** bits - 1;
  let rest = 0;
  for (const byte of bytes) rest = ((rest << 8) & mask) ^ (table[(rest >> (bits - 8)) ^ byte] as number);
  return rest;
}

/** What each byte leaves when it is divided; the polynomial is without its highest power. */
function tableOf(bits: number, polynomial: number): Uint16Array {
  const highest = 2 ** (bits - 1);
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let rest = byte << (bits - 8);
    for (let bit = 0; bit < 8; bit += 1)
      rest = (rest & highest ? (rest << 1) ^ polynomial : rest << 1) & (2 ** bits - 1);
    return rest;
  });
}

const header = tableOf(8, 0x07);
const frame = tableOf(16, 0x8005);
