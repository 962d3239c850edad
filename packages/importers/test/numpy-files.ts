/** Small `.npy` and `.npz` files for tests: NEP 1, and ZIP with stored, deflated and ZIP64 members (APPNOTE 6.3.10). */
import { crc32, deflateRawSync } from 'node:zlib';
import { u32, u64 } from './pickle-writer.js';

export interface NpyOptions {
  readonly descr?: string;
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
}

export function npy(
  shape: readonly number[],
  data: Uint8Array,
  { descr = '<f4', fortran = false, version = 1 }: NpyOptions = {},
): Buffer {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${extents}), }`;
  const prefix = version === 1 ? 10 : 12;
  const header = `${text.padEnd(Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix - 1)}\n`;
  const length = version === 1 ? u32(header.length).subarray(0, 2) : u32(header.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY', 'latin1'),
    Buffer.from([version, 0]),
    length,
    Buffer.from(header),
    data,
  ]);
}

/** Texts as NumPy holds them: UTF-32, padded with zeros. */
export function npyTexts(texts: readonly string[]): Buffer {
  const size = Math.max(1, ...texts.map((text) => [...text].length));
  const data = Buffer.alloc(4 * size * texts.length);
  texts.forEach((text, i) => {
    [...text].forEach((character, at) => {
      data.writeUInt32LE(character.codePointAt(0) as number, 4 * (size * i + at));
    });
  });
  return npy([texts.length], data, { descr: `<U${size}` });
}

export interface ZipOptions {
  readonly deflate?: boolean;
  /** Write sizes and positions to ZIP64 fields, as NumPy does for every member. */
  readonly zip64?: boolean;
}

export function zip(
  members: { readonly [name: string]: Uint8Array },
  { deflate = false, zip64 = false }: ZipOptions = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const packed = deflate ? deflateRawSync(content) : Buffer.from(content);
    const title = Buffer.from(name);
    const sizes = zip64 ? [0xffffffff, 0xffffffff] : [packed.length, content.length];
    const common = [
      u16(zip64 ? 45 : 20),
      u16(0),
      u16(deflate ? 8 : 0),
      u16(0),
      u16(0x21),
      u32(crc32(content)),
      ...sizes.map(u32),
      u16(title.length),
    ];
    const localExtra = zip64
      ? Buffer.concat([u16(1), u16(16), u64(content.length), u64(packed.length)])
      : Buffer.alloc(0);
    const extra = zip64
      ? Buffer.concat([u16(1), u16(24), u64(content.length), u64(packed.length), u64(offset)])
      : Buffer.alloc(0);
    const local = Buffer.concat([u32(0x04034b50), ...common, u16(localExtra.length), title, localExtra, packed]);
    directory.push(
      Buffer.concat([
        u32(0x02014b50),
        u16(45),
        ...common,
        u16(extra.length),
        u16(0),
        u16(0),
        u16(0),
        u32(0),
        u32(zip64 ? 0xffffffff : offset),
        title,
        extra,
      ]),
    );
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const count = directory.length;
  const end64 = Buffer.concat([
    ...[u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0), u64(count), u64(count)],
    ...[u64(central.length), u64(offset), u32(0x07064b50), u32(0), u64(offset + central.length), u32(1)],
  ]);
  const end = Buffer.concat([
    ...[u32(0x06054b50), u16(0), u16(0), u16(zip64 ? 0xffff : count), u16(zip64 ? 0xffff : count)],
    ...[u32(zip64 ? 0xffffffff : central.length), u32(zip64 ? 0xffffffff : offset), u16(0)],
  ]);
  return Buffer.concat([...parts, central, ...(zip64 ? [end64] : []), end]);
}

function u16(value: number): Buffer {
  return u32(value).subarray(0, 2);
}
