/**
 * Event files of TensorBoard: records in the framing of TFRecord (length, masked CRC-32C of the length, message, masked
 * CRC-32C of the message), each a message `Event` of Protocol Buffers (tensorflow/core/util/event.proto).
 */
import { maskedCrc32c } from './crc32c.js';

export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** By tag; float32. */
  readonly scalars: { readonly [tag: string]: number };
}

/** Bytes of length and check before a message, and of its check after it. */
const [header, footer] = [12, 4];

/** @param began seconds since 1970 */
export function encodeEvents(began: number, events: readonly ScalarEvent[]): Uint8Array {
  const version = [...double(1, began), ...text(3, 'brain.Event:2')];
  return Buffer.concat([version, ...events.map(encodeEvent)].map((message) => record(Uint8Array.from(message))));
}

/** Up to the first record that is damaged or cut off; a file that is none gives no events. */
export function decodeEvents(bytes: Uint8Array): ScalarEvent[] {
  const events: ScalarEvent[] = [];
  for (const message of records(bytes)) {
    const fields = fieldsOf(message);
    const [summary] = fields.bytes.get(5) ?? [];
    if (summary === undefined) continue;
    const values = (fieldsOf(summary).bytes.get(1) ?? []).map(fieldsOf);
    events.push({
      wallTime: fields.numbers.get(1) ?? 0,
      step: fields.numbers.get(2) ?? 0,
      scalars: Object.fromEntries(
        values.map((value) => [Buffer.from(value.bytes.get(1)?.[0] ?? []).toString(), value.numbers.get(2) ?? 0]),
      ),
    });
  }
  return events;
}

function encodeEvent({ wallTime, step, scalars }: ScalarEvent): number[] {
  const values = Object.entries(scalars).flatMap(([tag, value]) => nested(1, [...text(1, tag), ...float(2, value)]));
  return [...double(1, wallTime), ...key(2, 0), ...varint(step), ...nested(5, values)];
}

function record(message: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(header + message.length + footer);
  bytes.writeBigUInt64LE(BigInt(message.length), 0);
  bytes.writeUInt32LE(maskedCrc32c(bytes.subarray(0, 8)), 8);
  bytes.set(message, header);
  bytes.writeUInt32LE(maskedCrc32c(message), header + message.length);
  return bytes;
}

function* records(bytes: Uint8Array): Generator<Uint8Array> {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + header + footer <= data.length) {
    const length = Number(data.readBigUInt64LE(at));
    const end = at + header + length;
    const isWhole =
      data.readUInt32LE(at + 8) === maskedCrc32c(data.subarray(at, at + 8)) && end + footer <= data.length;
    if (!isWhole) return;
    const message = data.subarray(at + header, end);
    if (data.readUInt32LE(end) !== maskedCrc32c(message)) return;
    yield message;
    at = end + footer;
  }
}

function key(field: number, wire: number): number[] {
  return varint(field * 8 + wire);
}

function varint(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [value] : [low + 128, ...varint((value - low) / 128)];
}

function nested(field: number, message: readonly number[]): number[] {
  return [...key(field, 2), ...varint(message.length), ...message];
}

function text(field: number, value: string): number[] {
  return nested(field, [...Buffer.from(value)]);
}

function double(field: number, value: number): number[] {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [...key(field, 1), ...bytes];
}

function float(field: number, value: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [...key(field, 5), ...bytes];
}

interface Fields {
  readonly numbers: ReadonlyMap<number, number>;
  readonly bytes: ReadonlyMap<number, readonly Uint8Array[]>;
}

/** The fields of a message that was checked: numbers by their number, and all of the nested messages and texts. */
function fieldsOf(message: Uint8Array): Fields {
  const data = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const numbers = new Map<number, number>();
  const bytes = new Map<number, Uint8Array[]>();
  let at = 0;
  const readVarint = () => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = data.readUInt8(at++);
      value += (byte % 128) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < data.length) {
    const tag = readVarint();
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === 0) numbers.set(field, readVarint());
    else if (wire === 1) {
      numbers.set(field, data.readDoubleLE(at));
      at += 8;
    } else if (wire === 5) {
      numbers.set(field, data.readFloatLE(at));
      at += 4;
    } else {
      const length = readVarint();
      bytes.set(field, [...(bytes.get(field) ?? []), data.subarray(at, at + length)]);
      at += length;
    }
  }
  return { numbers, bytes };
}
