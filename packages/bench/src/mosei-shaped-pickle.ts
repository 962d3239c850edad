/** A pickle in MMSA's layout with the shapes of CMU-MOSEI, written in a stream: made-up numbers, as large as is wanted. */
import { type FileHandle, open } from 'node:fs/promises';

/** Samples of the unaligned file: train, valid, test. */
const mosei = { train: 16326, valid: 1871, test: 4659 } as const;
/** Steps and features. */
const streams = { text: [50, 768], audio: [500, 74], vision: [500, 35] } as const;

const blockValues = 1 << 21;

/** Writes a file of about so many bytes, flushed to disk; returns how many there are. */
export async function writeMoseiShapedPickle(path: string, bytes: number): Promise<number> {
  const perSample = Object.values(streams).reduce((sum, [steps, width]) => sum + 4 * steps * width, 0);
  const samples = Object.values(mosei).reduce((sum, count) => sum + count, 0);
  const scale = bytes / (perSample * samples);
  const handle = await open(path, 'w');
  try {
    await writeSplits(handle, (count) => Math.max(1, Math.round(count * scale)));
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

async function writeSplits(handle: FileHandle, scaled: (count: number) => number): Promise<void> {
  // Numbers without a period that matters, the same in every array.
  const block = Buffer.from(Float32Array.from({ length: blockValues }, (_, i) => Math.sin(i * i)).buffer);
  const put = (...parts: readonly (Buffer | number)[]) =>
    handle.appendFile(Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : part))));
  await put(0x80, 5, 0x7d, 0x28);
  for (const [split, count] of Object.entries(mosei)) {
    const samples = scaled(count);
    await put(text(split), 0x7d, 0x28);
    for (const [name, [steps, width]] of Object.entries(streams)) {
      const length = 4 * samples * steps * width;
      // `_frombuffer(bytearray, dtype('f4'), shape, 'C')`
      await put(text(name), text('numpy._core.numeric'), text('_frombuffer'), 0x93, 0x28, 0x96, u64(length));
      for (let written = 0; written < length; written += block.length) {
        await handle.appendFile(block.subarray(0, Math.min(block.length, length - written)));
      }
      await put(text('numpy'), text('dtype'), 0x93, text('<f4'), 0x85, 0x52);
      await put(int(samples), int(steps), int(width), 0x87, text('C'), 0x74, 0x52);
    }
    await put(text('regression_labels'), 0x5d, 0x28);
    await put(...Array.from({ length: samples }, (_, i) => int((i % 7) - 3)), 0x65);
    await put(text('id'), 0x5d, 0x28);
    await put(...Array.from({ length: samples }, (_, i) => text(`${split}${i >> 3}$_$${i & 7}`)), 0x65, 0x75);
  }
  await put(0x75, 0x2e);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.of(0x8c, bytes.length), bytes]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(5, 0x4a);
  bytes.writeInt32LE(value, 1);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
