/** Reads whole numbers bit by bit, the highest bit first (RFC 9639, section 5). */
import { unreadable } from '../unreadable.js';

export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #place: string;
  /** The byte that is being read, and how many of its bits are still to come: 1 to 8. */
  #at: number;
  #left = 8;

  /** @param place the file, for errors */
  constructor(bytes: Uint8Array, at: number, place: string) {
    this.#bytes = bytes;
    this.#at = at;
    this.#place = place;
  }

  /** The byte that is read next; at the start of a byte only. */
  get position(): number {
    return this.#at;
  }

  /** A number of up to 53 bits. @throws FILE_UNREADABLE if the file ends before */
  unsigned(bits: number): number {
    let value = 0;
    let wanted = bits;
    while (wanted > 0) {
      const taken = Math.min(wanted, this.#left);
      const rest = this.#left - taken;
      // No shift: it is cut to 32 bits.
      value = value * 2 ** taken + ((this.#byte() >> rest) & ((1 << taken) - 1));
      this.#advance(rest);
      wanted -= taken;
    }
    return value;
  }

  /** A number in two's complement. @throws FILE_UNREADABLE if the file ends before */
  signed(bits: number): number {
    const value = this.unsigned(bits);
    return bits > 0 && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  }

  /** The number of zeros before the next one, which is read too. @throws FILE_UNREADABLE if the file ends before */
  zeros(): number {
    let count = 0;
    for (;;) {
      const rest = this.#byte() & ((1 << this.#left) - 1);
      if (rest !== 0) {
        const zeros = Math.clz32(rest) - (32 - this.#left);
        this.#advance(this.#left - zeros - 1);
        return count + zeros;
      }
      count += this.#left;
      this.#advance(0);
    }
  }

  /** Goes on at the start of the next byte, unless it stands at one. */
  alignToByte(): void {
    if (this.#left < 8) this.#advance(0);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte !== undefined) return byte;
    throw unreadable(this.#place, 'a whole file', `${this.#bytes.length} bytes: it is cut off`);
  }

  #advance(left: number): void {
    this.#left = left === 0 ? 8 : left;
    if (left === 0) this.#at += 1;
  }
}
