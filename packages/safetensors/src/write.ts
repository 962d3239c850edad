/** Writes safetensors files, whole or not at all, with the same bytes for the same tensors. */
import { encode, type StoredType, type TensorData } from './data-types.js';
import { writeWhole } from './whole-file.js';

export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: TensorData;
  /** Default: F32, I32 or U8, after the typed array. */
  readonly type?: StoredType;
}

/** Names are sorted, so that the order of the record does not matter. */
export async function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data, type = defaultType(data) } = tensors[name] as TensorToWrite;
    const bytes = encode(data, type);
    header[name] = { dtype: type, shape, data_offsets: [offset, offset + bytes.byteLength] };
    offset += bytes.byteLength;
    chunks.push(bytes);
  }
  await writeWhole(file, async (handle) => {
    await handle.writeFile(encodeHeader(header));
    for (const chunk of chunks) if (chunk.byteLength > 0) await handle.appendFile(chunk);
  });
}

/**
 * What stands before the data: the length, and the header in JSON, padded with spaces, as the format allows, so that
 * the data begin at a multiple of eight bytes and not before `least`.
 */
export function encodeHeader(header: Readonly<Record<string, unknown>>, least = 0): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Math.max(least - 8, text.length + ((8 - (text.length % 8)) % 8));
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  text.copy(bytes, 8);
  return bytes;
}

function defaultType(data: TensorData): StoredType {
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Int32Array ? 'I32' : 'U8';
}
