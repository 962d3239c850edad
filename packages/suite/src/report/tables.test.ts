/** The other forms of a report: tables for LaTeX and for programs, and what the drawings count. */
import { sentimentMetrics, simsMetrics } from '@interfuse/training';
import { describe, expect, it } from 'vitest';
import { classesFor, confusion } from './classes.js';
import { quoted } from './command-line.js';
import { csvReport } from './csv-report.js';
import { escapeLatex, latexReport } from './latex-report.js';
import { evenly } from './predictions-section.js';
import { madeUpReport } from './report.test-support.js';

const data = madeUpReport({ strategies: ['a_b & 50 %', 'other, "quoted"'], seeds: 2, samples: 40 });
const [first] = data.strategies;

describe('the table for LaTeX', () => {
  const table = latexReport(data.comparison);

  it('has the rules of booktabs, a line for each strategy and one for the constant prediction', () => {
    expect(table.match(/\\(top|mid|bottom)rule/g)).toEqual(['\\toprule', '\\midrule', '\\midrule', '\\bottomrule']);
    expect(table.match(/\\\\$/gm)).toHaveLength(4);
    expect(table).toContain('a\\_b \\& 50 \\%');
  });

  it('escapes what LaTeX would take for commands', () => {
    expect(escapeLatex('\\x{1}~^ ± ↑2 <$#')).toBe(
      '\\textbackslash{}x\\{1\\}\\textasciitilde{}\\textasciicircum{} $\\pm$ $\\uparrow$2 $<$\\$\\#',
    );
  });

  it('has as many cells in every row as columns', () => {
    const rows = table.split('\n').filter((line) => line.endsWith('\\\\'));
    const columns = /tabular\}\{(\w+)\}/.exec(table)?.[1]?.length;
    expect(rows.map((row) => row.split(/(?<!\\)&/).length)).toEqual(rows.map(() => columns));
  });
});

it('the tidy table has a row for each strategy, seed, split and metric, with what they cost', () => {
  const lines = csvReport(data).trim().split('\n');
  expect(lines[0]).toBe(
    'strategy,language model,seed,split,metric,value,run,trained parameters,FLOPs of a prediction,FLOPs of a training example',
  );
  expect(lines).toHaveLength(1 + 2 * 2 * 2 * data.comparison.columns.length);
  expect(lines).toContain(`a_b & 50 %,,1,test,MAE,${first?.runs[0]?.result.test.MAE},made-up-0-s1,900,2000000,5000000`);
  expect(csvReport(data)).toContain('"other, ""quoted""",,2,valid,MAE,');
});

describe('confusion', () => {
  const predictions = first?.runs.map((run) => run.predictions) ?? [];
  const right = (counts: readonly (readonly number[])[]) =>
    counts.reduce((sum, row, index) => sum + (row[index] as number), 0) / counts.flat().reduce((sum, n) => sum + n, 0);

  it.each([
    ['sentiment', 'Acc-7', sentimentMetrics],
    ['sims', 'Acc-5', simsMetrics],
  ] as const)('of %s has the accuracy %s on its diagonal', (id, column, metrics) => {
    const [own] = predictions as [(typeof predictions)[number]];
    const counts = confusion(classesFor(id, { kind: 'regression', range: [-3, 3] }), [own]);
    expect(right(counts)).toBeCloseTo(metrics.compute(own.values, own.labels)[column] as number, 12);
  });

  it('counts every sample of every seed once', () => {
    const counts = confusion(classesFor('regression', { kind: 'regression', range: [-3, 3] }), predictions);
    expect(counts.flat().reduce((sum, n) => sum + n, 0)).toBe(80);
    expect(counts).toHaveLength(5);
  });

  it('takes the largest logit', () => {
    const classes = classesFor('classification', { kind: 'classification', classes: ['sad', 'glad', 'mad'] });
    const own = {
      ids: ['1', '2'],
      groups: ['1', '2'],
      labels: Float32Array.of(1, 2),
      values: Float32Array.of(0, 2, 1, 5, 2, 1),
    };
    expect(confusion(classes, [own])).toEqual([
      [0, 0, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });
});

it('samples are taken evenly, the same ones every time', () => {
  expect(evenly(10, 4)).toEqual([0, 2, 5, 7]);
  expect(evenly(3, 10)).toEqual([0, 1, 2]);
});

it('a command line is quoted where a shell would read more into it', () => {
  expect(['seeds=1,2', 'name=a b', "it's"].map(quoted)).toEqual(['seeds=1,2', "'name=a b'", "'it'\\''s'"]);
});
