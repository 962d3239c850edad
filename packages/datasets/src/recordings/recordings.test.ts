import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waveFile } from '../../../features/test/wave-file.js';
import { openDataset, verifyDataset } from '../folder/index.js';
import { importRecordings, type RecordingsSettings } from './index.js';
import { readTable } from './table.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interfuse-recordings-'));
  ['low', 'middle', 'high', 'higher'].forEach((name, i) => {
    writeFileSync(join(folder, `${name}.wav`), waveFile(100 + 40 * i, 0.5 + 0.25 * i));
  });
  writeFileSync(
    join(folder, 'low.csv'),
    'frame, timestamp, success, AU01_r, AU12_r\n1, 0.00, 1, 0.5, 2.0\n2, 0.10, 1, 1.5, 4.0\n3, 0.30, 1, 0, 1\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const settings: RecordingsSettings = {
  name: 'own',
  title: 'Own recordings',
  licence: 'CC0-1.0',
  task: { kind: 'regression', range: [-1, 1] },
};

const head = 'id,split,label,text,audio,vision,speaker';
const lines = [
  'a,train,0.5,"Good, I think.",low.wav,low.csv,anna',
  'b,train,-1,,high.wav,,ben',
  'c,valid,0,Well.,middle.wav,,anna',
  'd,test,1,"She said ""yes"".",higher.wav,,ben',
];

function table(...rows: string[]): string {
  writeFileSync(at('table.csv'), [head, ...rows, ''].join('\r\n'));
  return at('table.csv');
}

describe('a folder of recordings', () => {
  it('becomes a dataset: features of what is heard, action units, texts, labels, speakers', async () => {
    await importRecordings(table(...lines), at('out'), settings);
    expect((await verifyDataset(at('out'))).sizes).toEqual({ train: 2, valid: 1, test: 1 });
    const dataset = await openDataset(at('out'));
    const train = await dataset.open('train');
    expect(train.samples).toEqual([
      { id: 'a', text: 'Good, I think.', labels: { task: 0.5 }, speaker: 'anna', group: 'anna' },
      { id: 'b', labels: { task: -1 }, speaker: 'ben', group: 'ben', missing: ['vision'] },
    ]);
    // Half a second and one second, at eight steps a second.
    const audio = await train.read('audio', [0, 1]);
    expect(audio.lengths).toEqual([4, 8]);
    expect((await train.read('vision', [0, 1])).lengths).toEqual([3, 0]);
    // 180 Hz is above 100 Hz in pitch, the fourth column, and standardised over both.
    const pitch = [...audio.values].filter((_, i) => i % 16 === 3);
    expect(pitch.slice(0, 4).every((value) => value < 0) && pitch.slice(4).every((value) => value > 0)).toBe(true);
    expect(pitch.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4);
    await train.close();
  });

  it('may be listed in JSON lines, and have classes', async () => {
    const entries = lines.map((_, i) => ({
      audio: ['low.wav', 'high.wav', 'middle.wav', 'higher.wav'][i],
      split: ['train', 'train', 'valid', 'test'][i],
      label: ['sad', 'glad', 'sad', 'glad'][i],
      text: null,
    }));
    writeFileSync(at('table.jsonl'), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    const task = { kind: 'classification', classes: ['sad', 'glad'] } as const;
    await importRecordings(at('table.jsonl'), at('out'), { ...settings, task });
    const train = await (await openDataset(at('out'))).open('train');
    expect(train.samples).toEqual([
      { id: 'low.wav', labels: { task: 0 } },
      { id: 'high.wav', labels: { task: 1 } },
    ]);
    await train.close();
  });

  it('may be in WAV, FLAC and MP3: the first two give the same features, the last close ones', async () => {
    const formats = ['wav', 'flac', 'mp3'];
    for (const format of formats) {
      const recording = new URL(`../../../features/test/recordings/voice.${format}`, import.meta.url);
      copyFileSync(recording, at(`voice.${format}`));
    }
    const spoken = formats.map((format) => `${format},train,0,,voice.${format},,`);
    await importRecordings(table(...spoken, ...lines), at('out'), settings);
    const train = await (await openDataset(at('out'))).open('train');
    const [wav, flac, mp3] = (await Promise.all([0, 1, 2].map((row) => train.read('audio', [row])))).map(
      ({ values }) => values,
    ) as [Float32Array, Float32Array, Float32Array];
    expect(flac).toEqual(wav);
    // In deviations of the columns over train.
    const differences = mp3.map((value, i) => Math.abs(value - (wav[i] as number)));
    expect(differences.reduce((sum, value) => sum + value, 0) / wav.length).toBeLessThan(0.1);
    await train.close();
  });

  it.each([
    ['a recording that is not there', 'a,train,0,,gone.wav,,', 'FILE_NOT_FOUND', 'table.csv:5: audio'],
    ['a recording that is none', 'a2,train,0,,low.csv,,', 'FILE_UNREADABLE', 'low.csv'],
    ['a label out of range', 'a2,train,2,,low.wav,,', 'DATASET_INVALID', 'table.csv:5: label'],
    ['no label', 'a2,train,,,low.wav,,', 'DATASET_INVALID', 'table.csv:5: label'],
    ['an unknown split', 'a2,dev,0,,low.wav,,', 'DATASET_INVALID', 'table.csv:5: split'],
    ['too few cells', 'a2,train', 'DATASET_INVALID', 'table.csv:5'],
    ['an id twice', 'a,train,0,,low.wav,,', 'DATASET_INVALID', 'samples.jsonl'],
  ])('with %s is refused, and nothing is written', async (_, row, code, place) => {
    const [first, second, third, last] = lines as [string, string, string, string];
    const listed = table(first, second, third, row, last);
    const error = await importRecordings(listed, at('out'), settings).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code });
    expect((error as { place: string }).place).toContain(place);
    expect(existsSync(at('out'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('a table', () => {
  it('has quoted cells with commas, quotes and line breaks, and tells the line of each row', () => {
    const rows = readTable('t.csv', '\uFEFFa,b\n"1,""x""\ny",2\n\n3,\n');
    expect(rows).toEqual([
      { place: 't.csv:2', cells: { a: '1,"x"\ny', b: '2' } },
      { place: 't.csv:5', cells: { a: '3' } },
    ]);
  });

  it('with a quote that does not end is refused', () => {
    expect(() => readTable('t.csv', 'a,b\n"1,2\n')).toThrow(/t\.csv:2/);
    expect(() => readTable('t.csv', 'a,b\n"1"2,3\n')).toThrow(/t\.csv:2/);
  });
});
