/** What stands in a run folder: predictions, the constant prediction, and results that are damaged. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample, Split, Task } from '@interfuse/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { constantPrediction } from './constant-prediction.js';
import { parsePredictions, predictionsCsv } from './predictions.js';
import { readResult } from './result.js';
import { readJson, runFiles, writeJson } from './run-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const regression: Task = { kind: 'regression', range: [-3, 3] };
const classification: Task = { kind: 'classification', classes: ['sad', 'glad'] };

const splitOf = (samples: readonly Sample[]): Split => ({
  name: 'test',
  samples,
  read: () => Promise.reject(new Error('no stream is read here')),
  close: async () => {},
});

describe('the constant prediction', () => {
  it('is the median of the labels for a regression', () => {
    const { name, value, repeat } = constantPrediction(regression, [3, -1, 0.5]);
    expect([name, value, ...repeat(2)]).toEqual(['training median', 0.5, 0.5, 0.5]);
  });

  it('is the most frequent class for a classification, as logits', () => {
    const { name, value, repeat } = constantPrediction(classification, [1, 0, 1]);
    expect([name, value, ...repeat(2)]).toEqual(['most frequent class', 1, 0, 1, 0, 1]);
  });
});

describe('predictions.csv', () => {
  it('has a line for each sample, and gives back every float32', () => {
    const split = splitOf([
      { id: 'a', group: 'video 1', labels: { task: -1.5 } },
      { id: 'b, "quoted"', labels: {} },
    ]);
    const values = Float32Array.of(0.1, 1 / 3);
    const text = predictionsCsv(regression, [{ split, values }]);
    expect(text).toBe(
      'split,id,group,label,prediction\ntest,a,video 1,-1.5,0.100000001\ntest,"b, ""quoted""",,,0.333333343\n',
    );
    expect([0.100000001, 0.333333343].map(Math.fround)).toEqual([...values]);
  });

  it('has a column for the logit of each class', () => {
    const split = splitOf([{ id: 'a', labels: { task: 1 } }]);
    const text = predictionsCsv(classification, [{ split, values: Float32Array.of(-1, 2) }]);
    expect(text).toBe('split,id,group,label,logit sad,logit glad\ntest,a,,1,-1,2\n');
  });
});

describe('predictions that are read', () => {
  const text = 'split,id,group,label,prediction\nvalid,z,,1,1\ntest,a,video 1,-1.5,0.1\ntest,b,,0.5,2\ntest,c,,,3\n';

  it('are those of one split whose label is known, with the id for a group where there is none', () => {
    expect(parsePredictions('p.csv', text, 'test')).toEqual({
      ids: ['a', 'b'],
      groups: ['video 1', 'b'],
      labels: Float32Array.of(-1.5, 0.5),
      values: Float32Array.of(0.1, 2),
    });
  });

  it('have a row of logits for each sample of a classification', () => {
    const logits = 'split,id,group,label,logit sad,logit glad\ntest,a,,1,-1,2\ntest,b,,0,3,4\n';
    expect([...parsePredictions('p.csv', logits, 'test').values]).toEqual([-1, 2, 3, 4]);
  });

  it('are refused with the line and the column where a number is none', () => {
    const broken = text.replace('0.5,2', '0.5,two');
    expect(() => parsePredictions('p.csv', broken, 'test')).toThrow(
      expect.objectContaining({ code: 'RUN_INVALID', place: 'p.csv:4: prediction' }),
    );
  });
});

describe('a result', () => {
  const result = { format: 1, run: 'early-s1', seed: 1, parameters: {}, valid: {}, test: {}, constant: {} };

  it('keeps figures that are not defined', async () => {
    await writeJson(folder, 'result', { ...result, test: { Corr: Number.NaN } });
    expect((await readResult(folder, 'early-s1')).test.Corr).toBeNaN();
  });

  it.each([
    ['is not JSON', '{ "format": 1, "run"'],
    ['has another format', JSON.stringify({ ...result, format: 2 })],
    ['belongs to another run', JSON.stringify({ ...result, run: 'late-s1' })],
    ['lacks its figures', JSON.stringify({ ...result, test: undefined })],
    ['is empty', 'null'],
  ])('that %s is refused', async (_what, text) => {
    await writeFile(join(folder, 'result.json'), text);
    const place = join(folder, 'result.json');
    await expect(readResult(folder, 'early-s1')).rejects.toMatchObject({ code: 'RUN_INVALID', place });
  });
});

describe('a file of a run that is damaged', () => {
  it.each([
    ['result', 'Delete the folder'],
    ['emap', 'Delete it, and asked.json beside it'],
    ['asked', 'Delete it, and asked.json beside it'],
  ] as const)('%s says what to delete, and no more than that', async (file, remedy) => {
    await writeFile(join(folder, runFiles[file]), '{ "format": 1, ');
    await expect(readJson(folder, file)).rejects.toMatchObject({
      code: 'RUN_INVALID',
      place: join(folder, runFiles[file]),
      remedy: expect.stringContaining(remedy),
    });
  });
});
