/**
 * The letters that byte-level tokenizers write bytes with (Radford et al. 2019): printable ones stand for themselves, the
 * other 68 bytes are the letters from U+0100 on, in order, so that a vocabulary holds neither blanks nor control letters.
 */

/** Ranges of bytes that are printable in Latin-1. */
const printable = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0xff],
] as const;

/** Letter of each byte. */
export const byteLetters: readonly string[] = lettersOfBytes();

function lettersOfBytes(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    if (printable.some(([first, last]) => byte >= first && byte <= last)) return String.fromCharCode(byte);
    next += 1;
    return String.fromCharCode(next - 1);
  });
}

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export function bytesOf(text: string): number[] {
  return Array.from(encoder.encode(text));
}
