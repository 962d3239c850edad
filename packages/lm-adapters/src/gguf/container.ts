/**
 * The container of a GGUF file: metadata, and where each tensor lies. `@huggingface/gguf` reads it; what it says is held
 * against the file here, since a damaged file must not become numbers.
 *
 * The format: github.com/ggml-org/ggml, docs/gguf.md.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { GGMLQuantizationType, type GGUFParseOutput, gguf, type MetadataValue } from '@huggingface/gguf';
import { InterfuseError, type StoredSpan } from '@interfuse/core';
import { blockSizes, dataTypeBytes, isBlockType } from '@interfuse/safetensors';
import { listed } from '../listed.js';

export interface GgufFile {
  readonly file: string;
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  /** By the names of llama.cpp; shapes with rows first, as everywhere here. */
  readonly tensors: ReadonlyMap<string, StoredSpan>;
}

const floats = ['F64', 'F32', 'F16', 'BF16'] as const;
const readTypes: readonly string[] = [...floats, ...Object.keys(blockSizes)];

/** @throws GGUF_INVALID if the file is damaged or has tensors in a format that is not decoded; FILE_NOT_FOUND */
export async function readGguf(file: string): Promise<GgufFile> {
  const size = checkStart(file);
  const parsed = await parse(file);
  if (!parsed.littleEndian) throw invalidGguf(file, 'numbers with their lowest byte first', 'a big-endian file');
  const [, headerEnd] = parsed.tensorInfoByteRange;
  if (headerEnd > size) throw invalidGguf(file, `a header within ${size} bytes`, 'one that is cut off');
  const metadata = new Map<string, MetadataValue>(Object.entries(parsed.metadata));
  const parts = metadata.get('split.count');
  if (parts !== undefined && Number(parts) > 1) {
    const remedy = 'Join its parts with `llama-gguf-split --merge`.';
    throw invalidGguf(file, 'a model in one file', `one of ${parts} parts`, remedy);
  }
  return { file, metadata, tensors: readTensors(file, parsed, size) };
}

/** The size of a file that begins like one of the format and can hold as many entries as it says to have. */
function checkStart(file: string): number {
  const start = Buffer.alloc(24);
  let size: number;
  try {
    const stats = statSync(file);
    if (!stats.isFile()) throw invalidGguf(file, 'a file', 'a folder');
    size = stats.size;
    const descriptor = openSync(file, 'r');
    readSync(descriptor, start, 0, start.length, 0);
    closeSync(descriptor);
  } catch (cause) {
    if (cause instanceof InterfuseError) throw cause;
    const got = (cause as Error).message;
    throw new InterfuseError('FILE_NOT_FOUND', { place: file, expected: 'a GGUF file', got, cause });
  }
  if (size < start.length || start.toString('latin1', 0, 4) !== 'GGUF') {
    throw invalidGguf(file, 'a file that begins with GGUF', size === 0 ? 'an empty file' : 'something else');
  }
  const version = start.readUInt32LE(4);
  if (version !== 2 && version !== 3) throw invalidGguf(file, 'version 2 or 3 of the format', `version ${version}`);
  const tensors = start.readBigUInt64LE(8);
  const fields = start.readBigUInt64LE(16);
  // The least that an entry takes: lengths, type and offset of a tensor; length, type and one byte of a field.
  if (24n * tensors + 13n * fields > BigInt(size)) {
    throw invalidGguf(file, `as much as ${size} bytes can hold`, `${tensors} tensors and ${fields} fields`);
  }
  return size;
}

async function parse(file: string): Promise<GGUFParseOutput> {
  try {
    return await gguf(file, { allowLocalFile: true });
  } catch (cause) {
    const got = cause instanceof RangeError ? 'one that is cut off or lies' : (cause as Error).message;
    throw invalidGguf(file, 'a sound header', got, undefined, cause);
  }
}

function readTensors(file: string, parsed: GGUFParseOutput, size: number): Map<string, StoredSpan> {
  const strange = parsed.tensorInfos.filter(({ dtype }) => !readTypes.includes(GGMLQuantizationType[dtype] ?? ''));
  if (strange.length > 0) {
    const names = strange.map(({ name, dtype }) => `${name}: ${GGMLQuantizationType[dtype] ?? `type ${dtype}`}`);
    throw invalidGguf(
      file,
      `tensors in ${readTypes.join(', ')}`,
      listed(names, '; '),
      'Use a file of the same model in one of these formats, such as its Q8_0 or Q4_K_M.',
    );
  }
  const tensors = new Map<string, StoredSpan>();
  for (const info of parsed.tensorInfos) {
    if (tensors.has(info.name)) throw invalidGguf(`${file}: ${info.name}`, 'each tensor once', 'the same name twice');
    tensors.set(info.name, spanOf(file, info, Number(parsed.tensorDataOffset), size));
  }
  checkOverlap(file, tensors);
  return tensors;
}

function spanOf(
  file: string,
  { name, shape: extents, dtype, offset }: GGUFParseOutput['tensorInfos'][number],
  dataStart: number,
  size: number,
): StoredSpan {
  const place = `${file}: ${name}`;
  const type = GGMLQuantizationType[dtype] as StoredSpan['type'];
  const shape = extents.map(Number).reverse();
  const values = shape.reduce((product, extent) => product * extent, 1);
  const { values: block, bytes } = isBlockType(type) ? blockSizes[type] : { values: 1, bytes: dataTypeBytes[type] };
  const width = shape.at(-1) ?? 1;
  if (width % block !== 0) throw invalidGguf(place, `rows of whole blocks of ${block} for ${type}`, `rows of ${width}`);
  const begin = dataStart + Number(offset);
  const end = begin + (values / block) * bytes;
  if (end > size) throw invalidGguf(place, `data up to byte ${end}`, `a file of ${size} bytes (cut off)`);
  return { type, shape, begin, end };
}

function checkOverlap(file: string, tensors: ReadonlyMap<string, StoredSpan>): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [i, [name, { begin }]] of sorted.entries()) {
    const [before, { end }] = sorted[i - 1] ?? ['', { end: 0 }];
    if (begin < end) {
      throw invalidGguf(`${file}: ${name}`, `data from byte ${end} on`, `byte ${begin}, which overlaps ${before}`);
    }
  }
}

export function invalidGguf(
  place: string,
  expected: string,
  got: string,
  remedy?: string,
  cause?: unknown,
): InterfuseError {
  const extras = { ...(remedy === undefined ? {} : { remedy }), ...(cause === undefined ? {} : { cause }) };
  return new InterfuseError('GGUF_INVALID', { place, expected, got, ...extras });
}
