import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tokenizer } from '@interfuse/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDocuments } from './documents.js';
import { holdOut } from './hold-out.js';
import { sharedShare, shingles, sketch, withoutNearDuplicates } from './near-duplicates.js';
import { batchOf, heldOutWindows, packDocuments, trainingWindowCount, trainingWindows } from './windows.js';

const document = (text: string, id = text.slice(0, 8)) => ({ id, text });
const sentence = (first: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `word${first + i}`).join(' ');

describe('documents', () => {
  let folder: string;
  const write = async (name: string, data: string | Uint8Array): Promise<string> => {
    await writeFile(join(folder, name), data);
    return join(folder, name);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interfuse-texts-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are files of text, and lines of files of objects', async () => {
    const files = [
      await write('a.txt', 'one\r\ntwo'),
      await write('b.jsonl', '{"text":"three"}\n\n{"text":" "}\n{"text":"four"}\n'),
    ];
    expect(await readDocuments(files)).toEqual([
      { id: 'a.txt', text: 'one\ntwo' },
      { id: 'b.jsonl:1', text: 'three' },
      { id: 'b.jsonl:4', text: 'four' },
    ]);
  });

  it.each([
    ['c.jsonl', '{"text":"good"}\n{"text":', 'FILE_UNREADABLE', /c\.jsonl:2/],
    ['d.jsonl', '{"texts":"bad"}', 'FILE_UNREADABLE', /d\.jsonl:1/],
    ['e.txt', Uint8Array.of(0x66, 0xff, 0x66), 'FILE_UNREADABLE', /e\.txt/],
    ['f.csv', 'a,b', 'FILE_UNREADABLE', /f\.csv/],
    ['g.txt', ' \n ', 'DATASET_EMPTY', /g\.txt/],
  ])('that are none are named: %s', async (name, data, code, place) => {
    await expect(readDocuments([await write(name, data)])).rejects.toMatchObject({
      code,
      place: expect.stringMatching(place),
    });
  });

  it('that are not there are named', async () => {
    await expect(readDocuments([join(folder, 'none.txt')])).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('near-duplicates', () => {
  it('are documents of which half has been there before, whatever the case and the signs', () => {
    const first = document(sentence(0, 100));
    const shouted = document(`${sentence(0, 60).toUpperCase()}! ${sentence(200, 40)}`);
    const mostlyNew = document(`${sentence(0, 40)} ${sentence(300, 60)}`);
    const { kept, left } = withoutNearDuplicates([first, shouted, mostlyNew]);
    expect(kept).toEqual([first, mostlyNew]);
    expect(left).toEqual([shouted]);
  });

  it('of short documents are those of the same words', () => {
    expect(
      withoutNearDuplicates(['Good day.', 'good day', 'good night'].map((text) => document(text))).kept,
    ).toHaveLength(2);
  });

  it('are found from a part of the shingles, too', () => {
    const text = sentence(0, 4000);
    const part = sketch(text, 16);
    // A sixteenth of 3993, within four standard deviations.
    expect(Math.abs(part.length - 3993 / 16)).toBeLessThan(4 * Math.sqrt(3993 / 16));
    const half = new Set(sketch(`${sentence(0, 2000)} ${sentence(9000, 2000)}`, 16));
    const shared = part.filter((shingle) => half.has(shingle)).length / part.length;
    expect(Math.abs(shared - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / part.length));
    expect(sketch('good day', 1e9)).toEqual(shingles('Good day!'));
  });

  it('are measured by runs of eight words', () => {
    expect(shingles(sentence(0, 10))).toHaveLength(3);
    // Of the 13 runs of words 8 to 27 the first 5 lie in words 0 to 19.
    expect(sharedShare([document(sentence(8, 20))], [document(sentence(0, 20))])).toBeCloseTo(5 / 13, 10);
  });
});

describe('what is held out', () => {
  const documents = Array.from({ length: 40 }, (_, i) => document(sentence(100 * i, 20 + (i % 7)), `${i}`));

  it('is about the share that is wanted, and the rest is trained on', () => {
    const { train, heldOut } = holdOut(documents, 0.2, 1);
    const letters = (some: readonly { text: string }[]): number => some.reduce((sum, { text }) => sum + text.length, 0);
    expect([...train, ...heldOut].map(({ id }) => id).sort()).toEqual(documents.map(({ id }) => id).sort());
    expect(letters(heldOut) / letters(documents)).toBeGreaterThanOrEqual(0.2);
    expect(letters(heldOut) / letters(documents)).toBeLessThan(0.25);
  });

  it('follows from the seed and the texts, not from their order', () => {
    const ids = (some: readonly { id: string }[]): string[] => some.map(({ id }) => id).sort();
    const held = ids(holdOut(documents, 0.2, 1).heldOut);
    expect(ids(holdOut([...documents].reverse(), 0.2, 1).heldOut)).toEqual(held);
    expect(ids(holdOut(documents, 0.2, 2).heldOut)).not.toEqual(held);
  });

  it('is the shortest document where every one is more than the share', () => {
    const [long, short, longer] = [document(sentence(0, 50)), document(sentence(100, 40)), document(sentence(200, 90))];
    for (const seed of [1, 2, 3, 4]) expect(holdOut([long, short, longer], 0.02, seed).heldOut).toEqual([short]);
  });

  it('is never all', () => {
    expect(() => holdOut([document('alone')], 0.1, 1)).toThrow(/DATASET_EMPTY/);
  });
});

describe('windows', () => {
  const codes: Tokenizer = {
    encode: (text) => [...text].map((letter) => letter.charCodeAt(0)),
    decode: () => '',
    padToken: 0,
  };

  it('are cut from documents in a row, each with an end', async () => {
    const shares: number[] = [];
    const packing = { tokenizer: codes, endOfText: 7, onProgress: (share: number) => shares.push(share) };
    const packed = await packDocuments([document('ab'), document('c')], packing);
    expect([...packed]).toEqual([97, 98, 7, 99, 7]);
    expect(shares).toEqual([0.5, 1]);
  });

  it('of a pass predict as many tokens each, none twice, and begin elsewhere in the next pass', () => {
    const packed = new Int32Array(1000);
    const passes = [0, 1, 2, 3].map((epoch) => trainingWindows(packed, 16, 1, epoch));
    for (const windows of passes) {
      expect(windows).toHaveLength(61); // floor(1000 / 16) - 1
      windows.forEach(({ first, length }, index) => {
        expect(length).toBe(17);
        expect(first).toBe((windows[0]?.first as number) + 16 * index);
        expect(first + length).toBeLessThanOrEqual(1000);
      });
    }
    expect(new Set(passes.map(([window]) => window?.first)).size).toBeGreaterThan(1);
    expect(trainingWindows(packed, 16, 1, 2)).toEqual(passes[2]);
  });

  it('of a text that is held out predict every token but the first, once', () => {
    const predicted = heldOutWindows(new Int32Array(50), 16).flatMap(({ first, length }) =>
      Array.from({ length: length - 1 }, (_, i) => first + 1 + i),
    );
    expect(predicted).toEqual(Array.from({ length: 49 }, (_, i) => i + 1));
  });

  it('need a text that is long enough', () => {
    expect(() => trainingWindowCount(new Int32Array(31), 16)).toThrow(/DATASET_EMPTY/);
  });

  it('make batches of one shape, padded where there is nothing', () => {
    const batch = batchOf(Int32Array.of(1, 2, 3, 4, 5), [{ first: 3, length: 2 }], { rows: 2, slots: 2, padToken: 9 });
    expect(batch['text/tokens']).toMatchObject({ shape: [2, 3], data: Int32Array.of(4, 5, 9, 9, 9, 9) });
    expect(batch['text/mask']).toMatchObject({ shape: [2, 3], data: Uint8Array.of(1, 1, 0, 0, 0, 0) });
  });
});
