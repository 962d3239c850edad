/**
 * The metadata of an ONNX file, which ONNX Runtime for Node.js does not hand out: field 14 of the ModelProto.
 *
 * Reads by position and skips everything else, so that a file of any size takes no memory.
 * https://protobuf.dev/programming-guides/encoding/, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import { closeSync, openSync, readSync } from 'node:fs';

const metadataField = 14;

/** @returns {Record<string, unknown>} what Interfuse wrote, by key: `task`, `tokenizer`, ... */
export function readMetadata(file) {
  const descriptor = openSync(file, 'r');
  const read = (position, length) => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
  };
  try {
    const metadata = {};
    for (const { field, begin, length } of fields(read, 0, Number.POSITIVE_INFINITY)) {
      if (field !== metadataField) continue;
      const [key, value] = [...fields(read, begin, begin + length)].map((part) =>
        read(part.begin, part.length).toString('utf8'),
      );
      if (key.startsWith('interfuse.')) metadata[key.slice('interfuse.'.length)] = JSON.parse(value);
    }
    return metadata;
  } finally {
    closeSync(descriptor);
  }
}

/** The fields of a message: a tag, then either a number or as many bytes as it says. */
function* fields(read, begin, end) {
  let position = begin;
  while (position < end) {
    const head = read(position, 20);
    if (head.length === 0) return;
    const tag = varint(head, 0);
    const next = varint(head, tag.size);
    position += tag.size + next.size;
    const isBytes = tag.value % 8 === 2;
    if (isBytes) yield { field: Math.floor(tag.value / 8), begin: position, length: next.value };
    if (isBytes) position += next.value;
  }
}

function varint(bytes, offset) {
  let value = 0;
  let size = 0;
  for (;;) {
    const byte = bytes[offset + size];
    value += (byte % 128) * 128 ** size;
    size += 1;
    if (byte < 128) return { value, size };
  }
}
