/** The tag before a recording that says who plays what (ID3v2, id3.org 2000): it is skipped. */

/** Where the recording begins: 0 if there is no tag. */
export function skipId3(bytes: Uint8Array): number {
  if (bytes.length < 10 || String.fromCharCode(...bytes.subarray(0, 3)) !== 'ID3') return 0;
  // Seven bits of each byte; the flag 16 is for a copy of the head at the end.
  const size = bytes.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 127), 0);
  return 10 + size + ((bytes[5] as number) & 16 ? 10 : 0);
}
