/** Event files: checks as they are published, records as TensorBoard frames them, epochs as the run has them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EpochRecord } from '@interfuse/training/loop';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathOf } from '../run/run-folder.js';
import { crc32c, maskedCrc32c } from './crc32c.js';
import { decodeEvents, encodeEvents } from './event-file.js';
import { writeEvents } from './write-events.js';

describe('CRC-32C', () => {
  // RFC 3720, appendix B.4; the last is the check value of the catalogue of parametrised CRC algorithms.
  it.each([
    ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 incrementing bytes', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['32 decrementing bytes', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['the digits 1 to 9', Buffer.from('123456789'), 0xe3069283],
  ])('of %s is as published', (_what, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  it('is masked by a rotation of 15 bits and a constant', () => {
    // 0xe3069283 rotated: 0x2507c60d; plus 0xa282ead8.
    expect(maskedCrc32c(Buffer.from('123456789'))).toBe(0xc78ab0e5);
  });
});

describe('an event file', () => {
  const events = [
    { wallTime: 1.5, step: 1, scalars: { loss: 0.5 } },
    { wallTime: 3, step: 300, scalars: { loss: 0.25, 'valid/Acc-2 (has-0)': 0.75 } },
  ];

  it('is framed as TFRecord, and begins with its version', () => {
    const bytes = Buffer.from(encodeEvents(1, []));
    // 1 + 8 bytes of time, 1 + 1 + 13 bytes of text.
    expect(bytes.readBigUInt64LE(0)).toBe(24n);
    expect(bytes.readUInt32LE(8)).toBe(maskedCrc32c(bytes.subarray(0, 8)));
    // Field 1 as 64 bits: 1.0; field 3 as bytes: 13 of them.
    const message = `09000000000000f03f1a0d${Buffer.from('brain.Event:2').toString('hex')}`;
    expect(bytes.subarray(12, 36).toString('hex')).toBe(message);
    expect(bytes.readUInt32LE(36)).toBe(maskedCrc32c(bytes.subarray(12, 36)));
    expect(bytes).toHaveLength(40);
  });

  it('has a message Event for each event', () => {
    const bytes = Buffer.from(encodeEvents(1, events.slice(0, 1)));
    // wall_time 1.5, step 1, summary { value { tag: "loss", simple_value: 0.5 } }, as protoc encodes it.
    expect(bytes.subarray(52, -4).toString('hex')).toBe('09000000000000f83f10012a0d0a0b0a046c6f7373150000003f');
  });

  it('is read as it was written', () => {
    expect(decodeEvents(encodeEvents(1, events))).toEqual(events);
  });

  it('is read up to where it is damaged', () => {
    const bytes = encodeEvents(1, events);
    expect(decodeEvents(bytes.subarray(0, -1))).toEqual(events.slice(0, 1));
    const changed = Uint8Array.from(bytes);
    changed.set([1, 2, 3], changed.length - 10);
    expect(decodeEvents(changed)).toEqual(events.slice(0, 1));
    expect(decodeEvents(Buffer.from('no event file'))).toEqual([]);
  });
});

describe('the epochs of a run', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interfuse-events-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const epoch = (number: number): EpochRecord => ({
    epoch: number,
    updates: 10 * (number + 1),
    learningRate: 0.5,
    loss: 1 / (number + 2),
    losses: { task: 0.25 },
    valid: { MAE: 2, Corr: Number.NaN },
  });
  const read = async () => decodeEvents(await readFile(pathOf(folder, 'events')));

  it('are scalars, without those that are not defined', async () => {
    await writeEvents(folder, [epoch(0)], 7);
    const scalars = { loss: 0.5, 'loss terms/task': 0.25, 'valid/MAE': 2, 'learning rate': 0.5 };
    expect(await read()).toEqual([{ wallTime: 7, step: 1, scalars }]);
  });

  it('keep the time at which they ended', async () => {
    await writeEvents(folder, [epoch(0)], 7);
    await writeEvents(folder, [epoch(0), epoch(1)], 9);
    expect((await read()).map(({ step, wallTime }) => [step, wallTime])).toEqual([
      [1, 7],
      [2, 9],
    ]);
  });

  it('are written over what is damaged, and over epochs that the run went back behind', async () => {
    await writeFile(pathOf(folder, 'events'), 'nonsense');
    await writeEvents(folder, [epoch(0), epoch(1)], 7);
    await writeEvents(folder, [epoch(0)], 8);
    expect(await read()).toMatchObject([{ wallTime: 7, step: 1 }]);
  });
});
