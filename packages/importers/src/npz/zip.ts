/** The members of a ZIP archive, found by its central directory: stored or deflated, ZIP64 included (PKWARE APPNOTE 6.3.10). */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { invalidImport } from '../arrays/stored-array.js';
import { type ByteSource, openFile, partOf } from '../bytes/byte-source.js';

export interface ZipMember {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  /** Where its data begin, and how many bytes they are there and unpacked. */
  readonly offset: number;
  readonly packedSize: number;
  readonly size: number;
  readonly checksum: number;
}

const signatures = {
  end: 0x06054b50,
  end64Locator: 0x07064b50,
  end64: 0x06064b50,
  central: 0x02014b50,
  local: 0x04034b50,
};
const endLength = 22;
const longestComment = 65535;
/** What a field of 32 bits says if its value is in the ZIP64 extra field. */
const elsewhere = 0xffffffff;
const readAtOnce = 1 << 20;

/** @throws IMPORT_INVALID */
export function zipMembers(source: ByteSource): ZipMember[] {
  const directory = findDirectory(source);
  const bytes = readExactly(source, directory.offset, directory.length);
  const members: ZipMember[] = [];
  let at = 0;
  for (let i = 0; i < directory.count; i += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== signatures.central) {
      throw invalidImport(source.name, `${directory.count} members in the directory`, `${i}`);
    }
    const [flags, method] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10)];
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const [packedSize, size, header] = sizesOf(bytes, at, extra);
    const place = `${source.name}: ${name}`;
    if ((flags & 1) !== 0) throw invalidImport(place, 'a member that is not encrypted', 'an encrypted one');
    if (method !== 0 && method !== 8) throw invalidImport(place, 'a stored or deflated member', `method ${method}`);
    const local = readExactly(source, header, 30);
    if (local.readUInt32LE(0) !== signatures.local) throw invalidImport(place, 'a header of the member', 'other bytes');
    const offset = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (offset + packedSize > source.size || (method === 0 && size !== packedSize)) {
      throw invalidImport(place, `${packedSize} bytes`, `${Math.max(0, source.size - offset)} bytes`);
    }
    members.push({
      name,
      method: method === 0 ? 'stored' : 'deflated',
      offset,
      packedSize,
      size,
      checksum: bytes.readUInt32LE(at + 16),
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return members;
}

function findDirectory(source: ByteSource): { offset: number; length: number; count: number } {
  const length = Math.min(source.size, endLength + longestComment);
  const start = source.size - length;
  const tail = readExactly(source, start, length);
  for (let at = tail.length - endLength; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== signatures.end) continue;
    const found = {
      count: tail.readUInt16LE(at + 10),
      length: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
    };
    const isZip64 = found.count === 0xffff || found.length === elsewhere || found.offset === elsewhere;
    const directory = isZip64 ? findDirectory64(source, start + at) : found;
    if (directory.offset + directory.length > source.size) break;
    return directory;
  }
  throw invalidImport(source.name, 'a ZIP archive with its directory at the end', 'none: cut off, or something else');
}

function findDirectory64(source: ByteSource, end: number): { offset: number; length: number; count: number } {
  if (end >= 20) {
    const locator = readExactly(source, end - 20, 20);
    const position = number64(locator, 8);
    if (locator.readUInt32LE(0) === signatures.end64Locator && position + 56 <= source.size) {
      const record = readExactly(source, position, 56);
      if (record.readUInt32LE(0) === signatures.end64) {
        return { count: number64(record, 32), length: number64(record, 40), offset: number64(record, 48) };
      }
    }
  }
  throw invalidImport(source.name, 'a ZIP64 directory', 'none');
}

/** Packed size, size and position of the header; each may be in the extra field. */
function sizesOf(bytes: Buffer, at: number, extra: Buffer): [number, number, number] {
  const fields = [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)];
  let wide = 0;
  for (let position = 0; position + 4 <= extra.length; ) {
    const [id, length] = [extra.readUInt16LE(position), extra.readUInt16LE(position + 2)];
    if (id === 1) wide = position + 4;
    position += 4 + length;
  }
  const [size, packedSize, header] = fields.map((field) => {
    if (field !== elsewhere || wide === 0 || wide + 8 > extra.length) return field;
    wide += 8;
    return number64(extra, wide - 8);
  }) as [number, number, number];
  return [packedSize, size, header];
}

function number64(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.MAX_SAFE_INTEGER;
}

function readExactly(source: ByteSource, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, Math.min(length, source.size - position)));
  if (bytes.length < length || source.readAt(position, bytes) < length) {
    throw invalidImport(source.name, `${length} bytes at ${position}`, 'the end of the file');
  }
  return bytes;
}

/**
 * The unpacked bytes of a member: those of the archive itself where it is stored, else of a file that is written.
 *
 * @throws IMPORT_INVALID if what comes out is not what the directory announces
 */
export async function openMember(
  source: ByteSource,
  member: ZipMember,
  scratchFile: () => Promise<string>,
  signal?: AbortSignal,
): Promise<ByteSource> {
  const place = `${source.name}: ${member.name}`;
  const packed = partOf(source, place, member.offset, member.packedSize);
  if (member.method === 'stored') return packed;
  const path = await scratchFile();
  let [size, checksum] = [0, 0];
  async function* counted(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > member.size) throw invalidImport(place, `${member.size} bytes unpacked`, 'more');
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.from(chunksOf(packed)), createInflateRaw(), counted, createWriteStream(path), {
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (!String((cause as NodeJS.ErrnoException).code).startsWith('Z_')) throw cause;
    throw invalidImport(place, 'deflated bytes', (cause as Error).message);
  }
  if (size !== member.size || checksum !== member.checksum) {
    throw invalidImport(place, `${member.size} bytes with the checksum of the directory`, 'others');
  }
  return { ...openFile(path), name: place };
}

function* chunksOf(source: ByteSource): Generator<Buffer> {
  for (let position = 0; position < source.size; position += readAtOnce) {
    yield readExactly(source, position, Math.min(readAtOnce, source.size - position));
  }
}
