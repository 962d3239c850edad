/** Reads a pickle from its start to its end through a small window, and steps over what is large. */
import type { ByteSource } from '../bytes/byte-source.js';
import { invalidPickle } from './errors.js';

const windowLength = 1 << 18;
/** Longest line of a protocol-0 argument, such as a module name. */
const longestLine = 4096;

export class Cursor {
  private readonly window: Buffer;
  private windowStart = 0;
  private filled = 0;
  position = 0;

  constructor(readonly source: ByteSource) {
    this.window = Buffer.alloc(Math.min(windowLength, Math.max(1, source.size)));
  }

  get left(): number {
    return this.source.size - this.position;
  }

  place(position = this.position): string {
    return `${this.source.name}: byte ${position}`;
  }

  u8(): number {
    return this.window[this.take(1)] as number;
  }

  u16(): number {
    return this.window.readUInt16LE(this.take(2));
  }

  i32(): number {
    return this.window.readInt32LE(this.take(4));
  }

  u32(): number {
    return this.window.readUInt32LE(this.take(4));
  }

  /** A length of eight bytes, as a number. */
  u64(): number {
    const at = this.take(8);
    const value = this.window.readBigUInt64LE(at);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw invalidPickle(this.place(this.position - 8), `a length within the ${this.source.size} bytes`, String(value));
  }

  /** Floats are the only numbers in big endian. */
  f64(): number {
    return this.window.readDoubleBE(this.take(8));
  }

  /** A copy of the next bytes: only where they are known to be few. */
  bytes(count: number): Buffer {
    this.require(count);
    const bytes = Buffer.alloc(count);
    this.source.readAt(this.position, bytes);
    this.position += count;
    return bytes;
  }

  text(count: number): string {
    if (count > this.window.length) return this.bytes(count).toString('utf8');
    const at = this.take(count);
    return this.window.toString('utf8', at, at + count);
  }

  /** Up to the next line break. */
  line(): string {
    const start = this.position;
    let text = '';
    for (;;) {
      const code = this.u8();
      if (code === 10) return text;
      text += String.fromCharCode(code);
      if (text.length > longestLine) throw invalidPickle(this.place(start), 'a short line', 'a long one');
    }
  }

  /** Steps over bytes, however many. */
  skip(count: number): void {
    this.require(count);
    this.position += count;
  }

  private require(count: number): void {
    if (count <= this.left) return;
    const ends = `${this.left} bytes before the end of the file`;
    throw invalidPickle(this.place(), `${count} bytes`, ends);
  }

  /** Makes sure that the next bytes are in the window; returns where they begin in it. */
  private take(count: number): number {
    this.require(count);
    let at = this.position - this.windowStart;
    if (at < 0 || at + count > this.filled) {
      this.windowStart = this.position;
      this.filled = this.source.readAt(this.position, this.window);
      if (this.filled < count) throw invalidPickle(this.place(), `${count} bytes`, `${this.filled} bytes`);
      at = 0;
    }
    this.position += count;
    return at;
  }
}
