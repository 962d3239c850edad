/** Reads tensors by position: one of them, or some rows, never the whole file. */
import { type FileHandle, open } from 'node:fs/promises';
import { InterfuseError } from '@interfuse/core';
import { dataTypeBytes, decode, type EncodedType, type TensorData } from './data-types.js';
import { findTensor, readHeader, type SafetensorsHeader, type TensorEntry } from './header.js';

export interface StoredTensor {
  readonly shape: readonly number[];
  /** Floats of any width as float32, integers as int32, U8 and BOOL as bytes. */
  readonly data: TensorData;
}

/** Bytes of a file that are a tensor. */
export interface Encoded {
  readonly type: EncodedType;
  readonly begin: number;
  readonly end: number;
}

/** An open safetensors file. Close it when done. */
export class SafetensorsFile {
  private constructor(
    readonly header: SafetensorsHeader,
    private readonly handle: FileHandle,
  ) {}

  static async open(file: string): Promise<SafetensorsFile> {
    return new SafetensorsFile(readHeader(file), await open(file, 'r'));
  }

  /** A file of another format, whose header somebody else has read: it gives what lies at an entry, and knows no names. */
  static async openWithoutHeader(file: string): Promise<SafetensorsFile> {
    return new SafetensorsFile({ file, tensors: new Map(), metadata: {} }, await open(file, 'r'));
  }

  /** A whole tensor. */
  async tensor(name: string): Promise<StoredTensor> {
    const entry = findTensor(this.header, name);
    return { shape: entry.shape, data: await this.values(name, entry) };
  }

  /** Rows `first` to `first + count` of a tensor, along its first axis. */
  async rows(name: string, first: number, count: number): Promise<TensorData> {
    const { entry, begin, end } = this.placeOf(name, first, count);
    return this.values(name, entry, begin, end);
  }

  /** The same rows of a tensor of floats, put into an array that they fill. */
  async rowsInto(target: Float32Array, name: string, first: number, count: number): Promise<void> {
    const { entry, begin, end } = this.placeOf(name, first, count);
    if (entry.type !== 'F32') target.set(await this.values(name, entry, begin, end));
    else await this.fill(new Uint8Array(target.buffer, target.byteOffset, target.byteLength), name, begin);
  }

  private placeOf(name: string, first: number, count: number): { entry: TensorEntry; begin: number; end: number } {
    const entry = findTensor(this.header, name);
    const [rows = 0, ...rest] = entry.shape;
    if (first < 0 || count < 0 || first + count > rows) {
      throw new InterfuseError('SAFETENSORS_TENSOR', {
        place: `${this.header.file}: ${name}`,
        expected: `rows within 0 to ${rows}`,
        got: `rows ${first} to ${first + count}`,
      });
    }
    const stride = rest.reduce((product, extent) => product * extent, 1) * dataTypeBytes[entry.type];
    return { entry, begin: entry.begin + first * stride, end: entry.begin + (first + count) * stride };
  }

  /** What lies from byte `begin` to byte `end` of the file, decoded as the tensor is. */
  async values(name: string, entry: Encoded, begin = entry.begin, end = entry.end): Promise<TensorData> {
    const decoded = decode(entry.type, await this.bytes(name, begin, end));
    if ('data' in decoded) return decoded.data;
    throw new InterfuseError('SAFETENSORS_TENSOR', {
      place: `${this.header.file}: ${name}[${decoded.overflowAt}]`,
      expected: 'an integer that fits in 32 bits',
      got: 'a larger one',
    });
  }

  /** Tells two states of a file apart. */
  async version(): Promise<string> {
    const { size, mtimeMs } = await this.handle.stat();
    return `${size} ${mtimeMs}`;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** @param name for the error */
  async bytes(name: string, begin: number, end: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(end - begin);
    await this.fill(buffer, name, begin);
    return buffer;
  }

  /** With the bytes of the file from this one on. */
  private async fill(buffer: Uint8Array, name: string, begin: number): Promise<void> {
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await this.handle.read(buffer, filled, buffer.length - filled, begin + filled);
      if (bytesRead === 0) {
        throw new InterfuseError('SAFETENSORS_INVALID', {
          place: `${this.header.file}: ${name}`,
          expected: `data up to byte ${begin + buffer.length}`,
          got: `the end of the file at byte ${begin + filled}`,
        });
      }
      filled += bytesRead;
    }
  }
}

/** Opens a file, reads one tensor and closes it. */
export async function readTensor(file: string, name: string): Promise<StoredTensor> {
  const opened = await SafetensorsFile.open(file);
  try {
    return await opened.tensor(name);
  } finally {
    await opened.close();
  }
}

/** Reads all tensors of a (small) file. */
export async function readAllTensors(file: string): Promise<Record<string, StoredTensor>> {
  const opened = await SafetensorsFile.open(file);
  try {
    const tensors: Record<string, StoredTensor> = {};
    for (const name of opened.header.tensors.keys()) tensors[name] = await opened.tensor(name);
    return tensors;
  } finally {
    await opened.close();
  }
}
