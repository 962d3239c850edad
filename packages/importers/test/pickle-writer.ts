/** A small pickle writer for tests: plain values and NumPy arrays, as Python 3 writes them in protocols 2 to 5. */

export type Protocol = 2 | 3 | 4 | 5;

/** A NumPy array: its items packed, in C or Fortran order. */
export class NumpyArray {
  constructor(
    /** `f4`, `i8`, `U7`, ... */
    readonly code: string,
    readonly shape: readonly number[],
    readonly data: Uint8Array,
    readonly options: { readonly order?: 'C' | 'F'; readonly bigEndian?: boolean } = {},
  ) {}
}

/** An array of Python objects. */
export class ObjectArray {
  constructor(
    readonly shape: readonly number[],
    readonly items: readonly Picklable[],
  ) {}
}

export class NumpyScalar {
  constructor(
    readonly code: string,
    readonly data: Uint8Array,
  ) {}
}

export class Tuple {
  constructor(readonly items: readonly Picklable[]) {}
}

/** A list that refers to one value so many times. */
export class Repeated {
  constructor(
    readonly value: Picklable,
    readonly times: number,
  ) {}
}

/** Opcodes as they are. */
export class Raw {
  constructor(readonly bytes: Uint8Array) {}
}

export type Picklable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Picklable[]
  | Tuple
  | Raw
  | Repeated
  | NumpyArray
  | ObjectArray
  | NumpyScalar
  | { readonly [key: string]: Picklable };

export interface WriteSettings {
  readonly protocol: Protocol;
  /** NumPy 2 renamed `numpy.core` to `numpy._core`. */
  readonly numpy?: 1 | 2;
}

export function writePickle(value: Picklable, settings: WriteSettings): Buffer {
  return Buffer.concat([...pickleChunks(value, settings)]);
}

/** The same in chunks, so that a file larger than memory can be written. */
export function* pickleChunks(value: Picklable, { protocol, numpy = 2 }: WriteSettings): Generator<Uint8Array> {
  const core = numpy === 2 ? 'numpy._core' : 'numpy.core';
  const memo = new Map<string, number>();
  let memoized = 0;
  yield op(0x80, protocol);
  // A frame of no bytes is a frame, too.
  if (protocol >= 4) yield Buffer.concat([op(0x95), u64(0)]);
  yield* write(value);
  yield op(0x2e);

  function* write(item: Picklable): Generator<Uint8Array> {
    if (item === null) yield op(0x4e);
    else if (typeof item === 'boolean') yield op(item ? 0x88 : 0x89);
    else if (typeof item === 'number') yield* writeNumber(item);
    else if (typeof item === 'bigint') yield* writeLong(item);
    else if (typeof item === 'string') yield* writeText(item);
    else if (item instanceof Raw) yield item.bytes;
    else if (item instanceof Repeated) {
      yield op(0x5d, 0x28);
      yield* write(item.value);
      const recall = Buffer.concat([op(0x6a), u32(memoized)]);
      yield* remember();
      for (let i = 1; i < item.times; i += 1) yield recall;
      yield op(0x65);
    } else if (item instanceof Uint8Array) yield* writeBytes(item);
    else if (item instanceof Tuple) yield* writeTuple(item.items);
    else if (item instanceof NumpyArray) yield* writeArray(item);
    else if (item instanceof ObjectArray) yield* writeObjects(item);
    else if (item instanceof NumpyScalar) {
      yield* global(`${core}.multiarray`, 'scalar');
      yield* writeTupleOf([writeType(item.code, false), writeBytes(item.data)]);
      yield op(0x52);
    } else if (Array.isArray(item)) {
      yield op(0x5d);
      yield* remember();
      yield op(0x28);
      for (const part of item as readonly Picklable[]) yield* write(part);
      yield op(0x65);
    } else {
      yield op(0x7d);
      yield* remember();
      yield op(0x28);
      for (const [key, part] of Object.entries(item as { [key: string]: Picklable })) {
        yield* writeText(key);
        yield* write(part);
      }
      yield op(0x75);
    }
  }

  function* writeNumber(item: number): Generator<Uint8Array> {
    if (!Number.isInteger(item) || Object.is(item, -0)) {
      const bytes = Buffer.alloc(9);
      bytes[0] = 0x47;
      bytes.writeDoubleBE(item, 1);
      yield bytes;
    } else if (item >= 0 && item < 256) yield op(0x4b, item);
    else if (item >= 0 && item < 65536) yield op(0x4d, item & 255, item >> 8);
    else if (item >= -(2 ** 31) && item < 2 ** 31) {
      const bytes = Buffer.alloc(5);
      bytes[0] = 0x4a;
      bytes.writeInt32LE(item, 1);
      yield bytes;
    } else yield* writeLong(BigInt(item));
  }

  function* writeLong(item: bigint): Generator<Uint8Array> {
    let length = 1;
    while (BigInt.asIntN(8 * length, item) !== item) length += 1;
    const bytes = Array.from({ length }, (_, i) => Number((BigInt.asUintN(8 * length, item) >> BigInt(8 * i)) & 255n));
    yield op(0x8a, length, ...bytes);
  }

  function* writeText(item: string): Generator<Uint8Array> {
    const known = memo.get(item);
    if (known !== undefined) {
      yield known < 256 ? op(0x68, known) : Buffer.concat([op(0x6a), u32(known)]);
      return;
    }
    const bytes = Buffer.from(item, 'utf8');
    yield protocol >= 4 && bytes.length < 256 ? op(0x8c, bytes.length) : Buffer.concat([op(0x58), u32(bytes.length)]);
    yield bytes;
    memo.set(item, memoized);
    yield* remember();
  }

  function* writeBytes(item: Uint8Array): Generator<Uint8Array> {
    if (protocol < 3) {
      if (item.length === 0) {
        yield* global('__builtin__', 'bytes');
        yield op(0x29, 0x52);
        return;
      }
      yield* global('_codecs', 'encode');
      yield* writeTupleOf([latin1(item), writeText('latin1')]);
      yield op(0x52);
    } else if (item.length < 256) {
      yield op(0x43, item.length);
      yield item;
    } else {
      yield item.length < 2 ** 32
        ? Buffer.concat([op(0x42), u32(item.length)])
        : Buffer.concat([op(0x8e), u64(item.length)]);
      yield item;
    }
  }

  /** As many bytes as may be, one or two for each. */
  function* latin1(item: Uint8Array): Generator<Uint8Array> {
    const encoded = Buffer.from(Buffer.from(item).toString('latin1'), 'utf8');
    yield Buffer.concat([op(0x58), u32(encoded.length)]);
    yield encoded;
  }

  function* writeTuple(items: readonly Picklable[]): Generator<Uint8Array> {
    yield* writeTupleOf(items.map((item) => write(item)));
  }

  function* writeTupleOf(parts: readonly Iterable<Uint8Array>[]): Generator<Uint8Array> {
    if (parts.length > 3) yield op(0x28);
    for (const part of parts) yield* part;
    yield parts.length === 0 ? op(0x29) : op(parts.length > 3 ? 0x74 : 0x84 + parts.length);
  }

  function* writeType(code: string, bigEndian: boolean): Generator<Uint8Array> {
    yield* global('numpy', 'dtype');
    yield* writeTuple([code, false, true]);
    yield op(0x52);
    const isFlexible = /^[US]/.test(code);
    const size = isFlexible ? Number(code.slice(1)) * (code[0] === 'U' ? 4 : 1) : -1;
    const order = /^(O8|S.*|.1)$/.test(code) ? '|' : bigEndian ? '>' : '<';
    yield* writeTuple([3, order, null, null, null, size, isFlexible ? 4 : -1, code === 'O8' ? 63 : 0]);
    yield op(0x62);
  }

  function* writeArray({ code, shape, data, options }: NumpyArray): Generator<Uint8Array> {
    const { order = 'C', bigEndian = false } = options;
    if (protocol === 5) {
      yield* global(`${core}.numeric`, '_frombuffer');
      yield* writeTupleOf([byteArray(data), writeType(code, bigEndian), writeTuple(shape), writeText(order)]);
      yield op(0x52);
      return;
    }
    yield* reconstructed([
      writeTuple([1]),
      writeTuple(shape),
      writeType(code, bigEndian),
      write(order === 'F'),
      writeBytes(data),
    ]);
  }

  function* writeObjects({ shape, items }: ObjectArray): Generator<Uint8Array> {
    yield* reconstructed([writeTuple([1]), writeTuple(shape), writeType('O8', false), write(false), write(items)]);
  }

  /** `_reconstruct(ndarray, (0,), b'b')` and its state, whose version is a number. */
  function* reconstructed([, ...state]: readonly Iterable<Uint8Array>[]): Generator<Uint8Array> {
    yield* global(`${core}.multiarray`, '_reconstruct');
    yield* writeTupleOf([global('numpy', 'ndarray'), writeTuple([0]), writeBytes(Buffer.from('b'))]);
    yield op(0x52);
    yield* writeTupleOf([write(1), ...state]);
    yield op(0x62);
  }

  function* byteArray(data: Uint8Array): Generator<Uint8Array> {
    yield Buffer.concat([op(0x96), u64(data.length)]);
    yield data;
  }

  function* global(module: string, name: string): Generator<Uint8Array> {
    if (protocol < 4) yield Buffer.from(`c${module}\n${name}\n`);
    else {
      yield* writeText(module);
      yield* writeText(name);
      yield op(0x93);
    }
  }

  /** The value on top can be referred to from now on. */
  function* remember(): Generator<Uint8Array> {
    if (protocol >= 4) yield op(0x94);
    else yield memoized < 256 ? op(0x71, memoized) : Buffer.concat([op(0x72), u32(memoized)]);
    memoized += 1;
  }
}

export function op(...bytes: readonly number[]): Buffer {
  return Buffer.from(bytes);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** Bytes of a typed array, as they lie in memory (little endian). */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** An array of float32. */
export function floats(shape: readonly number[], valueAt: (index: number) => number): NumpyArray {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return new NumpyArray('f4', shape, bytesOf(Float32Array.from({ length: count }, (_, i) => valueAt(i))));
}
