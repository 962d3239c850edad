/** Tables of predictions from elsewhere: where strategy and seed come from, and what is refused. */
import { describe, expect, it } from 'vitest';
import { readPredictionTables } from './prediction-table.js';

const one = (text: string, file = 'all.csv') => readPredictionTables([{ file, text }]);
const head = 'strategy,seed,id,group,label,prediction\n';

describe('a table of predictions', () => {
  it('may hold every strategy and seed', () => {
    const { strategies, classes } = one(
      `${head}a,1,x,v1,0.5,0.4\na,1,y,v1,1,0.9\na,2,y,v1,1,0.8\na,2,x,v1,0.5,0.3\nb,1,x,v1,0.5,0\nb,1,y,v1,1,0\n`,
    );
    expect(strategies.map(({ name, predictions }) => [name, predictions.length])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    // In the order of the first run, whatever the order of the lines.
    expect(strategies[0]?.predictions[1]).toEqual({
      ids: ['x', 'y'],
      groups: ['v1', 'v1'],
      labels: Float32Array.of(0.5, 1),
      values: Float32Array.of(0.3, 0.8),
    });
    expect(classes).toBeUndefined();
  });

  it('may be one for each run, named after it', () => {
    const text = 'id,label,prediction\nx,1,0.5\n';
    const { strategies } = readPredictionTables([
      { file: 'out/mult-s3.csv', text },
      { file: 'out/mult_seed4.csv', text },
      { file: 'misa.csv', text },
    ]);
    expect(strategies.map(({ name, predictions }) => [name, predictions.length])).toEqual([
      ['mult', 2],
      ['misa', 1],
    ]);
    expect(strategies[0]?.predictions[0]?.groups).toEqual(['x']);
  });

  it('may hold other splits, which do not count, and logits', () => {
    const { strategies, classes } = one('split,id,label,logit sad,logit glad\ntest,x,1,-1,2\nvalid,y,0,3,4\n');
    expect(strategies[0]?.predictions[0]?.ids).toEqual(['x']);
    expect([...(strategies[0]?.predictions[0]?.values ?? [])]).toEqual([-1, 2]);
    expect(classes).toEqual(['sad', 'glad']);
  });

  it.each([
    ['no sample of the test split', 'split,id,label,prediction\nvalid,x,1,1\n', 'all.csv', 'none'],
    ['no prediction', 'id,label,guess\nx,1,1\n', 'all.csv:2', 'columns id, label, guess'],
    ['a prediction that is no number', `${head}a,1,x,,1,one\n`, 'all.csv:2: prediction', 'one'],
    ['a label that is missing', `${head}a,1,x,,,1\n`, 'all.csv:2: label', 'nothing'],
    ['an id that is missing', `${head}a,1,,,1,1\n`, 'all.csv:2: id', 'nothing'],
    ['a sample twice', `${head}a,1,x,,1,1\na,1,x,,1,2\n`, 'all.csv:3', 'x, as on all.csv:2'],
    ['a sample that a run lacks', `${head}a,1,x,,1,1\na,1,y,,1,1\nb,1,x,,1,1\n`, 'b, seed 1', 'none'],
    ['a sample that only one run has', `${head}a,1,x,,1,1\nb,1,x,,1,1\nb,1,y,,1,1\n`, 'all.csv:4', 'y'],
    ['another label for the same sample', `${head}a,1,x,,1,1\nb,1,x,,2,1\n`, 'all.csv:3: label', '2'],
  ])('is refused for %s', (_, text, place, got) => {
    expect(() => one(text)).toThrow(expect.objectContaining({ code: 'DATASET_INVALID', place, got }));
  });

  it('is refused where tables have other columns of predictions', () => {
    expect(() =>
      readPredictionTables([
        { file: 'a.csv', text: 'id,label,prediction\nx,1,0\n' },
        { file: 'b.csv', text: 'id,label,logit p,logit q\nx,1,0,0\n' },
      ]),
    ).toThrow(expect.objectContaining({ code: 'DATASET_INVALID', place: 'b.csv' }));
  });
});
