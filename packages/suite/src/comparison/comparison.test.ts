/** Comparisons: the order of the table, and what is said about it in words. */
import {
  type FusionAdaptation,
  type FusionPlugin,
  type MetricColumn,
  type MetricFamily,
  type StreamControl,
  trainingDefaults,
} from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import type { Predictions } from '../run/predictions.js';
import type { RunCost, RunResult } from '../run/result.js';
import { type Budget, budgetOf, type SpentRun } from './budget.js';
import { claims } from './claims.js';
import { type ComparisonSettings, compareStrategies, type RankedStrategy, type StrategyRuns } from './comparison.js';
import { formatCount, formatFigure, formatSpread } from './format.js';
import { jsonReport, markdownReport, textReport } from './report.js';
import { reportName } from './report-name.js';
import { slotLabels, strategyLabels } from './strategy-labels.js';
import { fitTable, markdownTable, textTable } from './table.js';

/** MAE, and what it would be as a share of 2. */
const metrics: MetricFamily = {
  columns: [
    { name: 'Acc', better: 'higher', percent: true, perSample: true, describe: 'Accuracy.' },
    { name: 'MAE', better: 'lower', perSample: true, describe: 'Mean absolute error.' },
  ],
  compute(predictions, labels) {
    const errors = Array.from(labels, (label, row) => Math.abs((predictions[row] as number) - label));
    const MAE = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    return { MAE, Acc: 1 - MAE / 2 };
  },
};

const settings: ComparisonSettings = {
  name: 'trial',
  dataset: 'small',
  seeds: [1, 2, 3],
  metrics,
  select: 'MAE',
  references: [
    { name: 'everything', metric: 'MAE', value: 0.25, meaning: 'all' },
    { name: 'everything', metric: 'Acc', value: 0.9, meaning: 'all' },
  ],
};

/** Forty samples in twenty groups with this mean error: samples differ a little, in a way of each strategy's own. */
function predictionsWith(label: string, error: number): Predictions {
  const items = Array.from({ length: 40 }, (_, item) => item);
  const own = [...label].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const ripple = (item: number) => 0.02 * Math.sin(own + 2 * Math.PI * Math.floor(item / 2) * 0.15);
  return {
    ids: items.map((item) => `sample ${item}`),
    groups: items.map((item) => `group ${Math.floor(item / 2)}`),
    labels: new Float32Array(40),
    values: Float32Array.from(items, (item) => (Number.isNaN(error) ? 1 : error) + ripple(item)),
  };
}

function runs(label: string, category: FusionPlugin['category'], errors: readonly number[]): StrategyRuns {
  const results = errors.map(
    (MAE, index): RunResult => ({
      format: 1,
      run: `${label}-${index}`,
      strategy: { id: label, version: '1.0.0', options: {}, adaptation: 'frozen', control: 'none' },
      seed: index + 1,
      data: { name: 'small', digest: '00' },
      engine: 'cpu',
      parameters: { total: 5000, trained: 1234 },
      epochs: 3,
      selected: { epoch: 1, column: 'MAE', value: MAE },
      weights: '00',
      valid: { Acc: 0.5, MAE },
      test: { Acc: 1 - MAE / 2, MAE },
      constant: {
        name: 'training median',
        value: 0,
        valid: { Acc: 0.5, MAE: 1.5 },
        test: { Acc: 0.5, MAE: 1.5 },
      },
    }),
  );
  const cost: RunCost = { preparationSeconds: 1, trainingSeconds: 10, evaluationSeconds: 2, peakMemoryMegabytes: 100 };
  return {
    label,
    category,
    adapted: false,
    results,
    costs: results.map(() => cost),
    predictions: errors.map((error) => predictionsWith(label, error)),
  };
}

const single = runs('audio', 'none', [1.2, 1.3, 1.25]);
const ahead = runs('deep', 'deep', [0.7, 0.81, 0.74]);
const near = runs('early', 'early', [0.71, 0.8, 0.76]);
const poor = runs('late', 'late', [1.6, 1.61, 1.62]);
const comparison = compareStrategies(settings, [single, poor, near, ahead]);

describe('the ranking', () => {
  it('is by the mean of the selected metric on test', () => {
    expect(comparison.strategies.map(({ rank, label }) => [rank, label])).toEqual([
      [1, 'deep'],
      [2, 'early'],
      [3, 'audio'],
      [4, 'late'],
    ]);
  });

  it('turns round for a metric of which more is better', () => {
    const byAccuracy = compareStrategies({ ...settings, select: 'Acc' }, [poor, ahead]);
    expect(byAccuracy.strategies.map(({ label }) => label)).toEqual(['deep', 'late']);
    expect(byAccuracy.columns[0]?.name).toBe('Acc');
  });

  it('puts last what has no figure', () => {
    const none = runs('nothing', 'late', [Number.NaN, 1, 1]);
    expect(compareStrategies(settings, [none, poor]).strategies.at(-1)?.label).toBe('nothing');
  });
});

describe('the plan and the budget', () => {
  const training = { ...trainingDefaults, epochs: 10, batchSize: 8 };
  const budgeted = (strategy: StrategyRuns, settings: object, epochs = [10, 10, 10], stages: SpentRun[] = []) => {
    const spent = epochs.map((each) => ({ samples: 100, settings: { ...training, ...settings }, epochs: each }));
    const budget = budgetOf(spent, [stages, stages, stages]);
    return { ...strategy, ...(budget === undefined ? {} : { budget }) };
  };

  it('are silent where the plan came first and all were given the same', () => {
    const plan = { hash: '00', openedBefore: 0, differs: [] };
    const equal = compareStrategies({ ...settings, plan }, [budgeted(ahead, {}), budgeted(poor, {}, [4, 10, 10])]);
    expect(claims(equal).join('\n')).not.toMatch(/budget|Exploratory/);
    expect(JSON.parse(jsonReport(equal)).plan).toEqual(plan);
  });

  it('are counted: examples, updates and those of stages', () => {
    // 100 samples are 12 whole batches of 8, two of which make an update; the rest would weigh less, and is left out.
    const stage: SpentRun = { samples: 50, settings: training, epochs: 3 };
    const { budget } = budgeted(ahead, { accumulate: 2 }, [4, 10, 10], [stage]);
    expect(budget).toMatchObject({ examples: 8 * 96, updates: 8 * 6, stageExamples: 150 });
    const text = markdownReport(compareStrategies(settings, [budgeted(ahead, {}), budgeted(poor, {})]));
    expect(text).toContain('| deep | 10 | 1000 | 130 | 0 | 0 |');
  });

  it('are warned about where strategies were given more than others', () => {
    const unequal = compareStrategies(settings, [budgeted(ahead, { epochs: 20, accumulate: 4 }), budgeted(poor, {})]);
    expect(claims(unequal)).toContain(
      'Not of equal budget (deep: 20 epochs at most, batches of 8 times 4; late: 10 epochs at most, batches of 8). Set training.epochs, training.batchSize and training.accumulate to give all the same.',
    );
    const stage: SpentRun = { samples: 100, settings: training, epochs: 20 };
    const staged = compareStrategies(settings, [budgeted(ahead, {}, [10, 10, 10], [stage]), budgeted(poor, {})]);
    expect(claims(staged)).toContain('Not of equal budget: only deep had stages before (2.00 k examples more).');
  });

  it('are told where the plan came after results', () => {
    const late = { hash: '00', openedBefore: 6, differs: ['margin', 'seeds'] };
    expect(claims(compareStrategies({ ...settings, plan: late }, [ahead, poor]))).toContain(
      'Exploratory: this plan was locked after 6 runs had opened the test split of these data; it differs from the first plan in margin, seeds. What was seen there may have led to it.',
    );
  });
});

describe('what is said', () => {
  const said = claims(comparison).join('\n');

  it('is whether fusion is ahead of the best single modality', () => {
    expect(said).toMatch(
      /Fusion is ahead: the best strategy, deep, against the best single modality, audio: MAE 0\.7500 against 1\.2500, better by \+0\.5000 \(95 % interval \+0\.4\d+ to \+0\.5\d+; p < 0\.001 after Holm\): different\./,
    );
    const reversed = claims(compareStrategies(settings, [single, poor])).join('\n');
    expect(reversed).toContain('Fusion is not ahead: the best strategy, late');
  });

  it('is when two strategies cannot be told apart, and what it would take', () => {
    expect(said).toMatch(
      /deep against early: .*: cannot be told apart with 3 seeds and these samples\. To find a difference of this size (: \d+ seeds.*|would take more than a thousand seeds)\./,
    );
  });

  it('is that two strategies are equivalent only where a margin was declared', () => {
    const wide = claims(compareStrategies({ ...settings, margin: 0.2 }, [ahead, near])).join('\n');
    expect(wide).toContain('equivalent within the declared margin of 0.2.');
    expect(said).not.toContain('equivalent');
  });

  it('is how large the comparison is, what was corrected for, and what it can find', () => {
    expect(said).toMatch(
      /This comparison: 3 seeds, 40 samples in 20 groups, 6 pairs, crossed t test, Holm's correction over all of them; MAE is the primary metric, all others are exploratory\. The smallest difference that it finds four times in five is 0\.\d+\./,
    );
  });

  it('is that an adapted language model against a frozen one is not like with like', () => {
    const adapted = compareStrategies(settings, [{ ...ahead, adapted: true }, near]);
    expect(claims(adapted).join('\n')).toContain(
      'Not like with like: only deep adapts its language model to the task.',
    );
    expect(said).not.toContain('Not like with like');
    const alone = compareStrategies(settings, [
      { ...ahead, adapted: true },
      { ...single, modality: 'audio' },
    ]);
    expect(claims(alone).join('\n')).not.toContain('Not like with like');
  });

  it('is what does not beat the constant prediction', () => {
    expect(said).toContain('Not better than predicting the training median (MAE 1.5000): late.');
    const good = claims(compareStrategies(settings, [ahead, near])).join('\n');
    expect(good).toContain('Every strategy beats predicting the training median (MAE 1.5000).');
  });

  it('is nothing about noise where there is one seed', () => {
    const one = { ...settings, seeds: [1] };
    const text = claims(compareStrategies(one, [runs('deep', 'deep', [0.7]), runs('audio', 'none', [1.2])])).join('\n');
    expect(text).toContain('better by +0.5000: with one seed nothing tells this from noise.');
    expect(text).toContain('no difference here can be told from noise');
    expect(text).not.toContain('different.');
  });

  it('is what the makers of the dataset know about the selected metric', () => {
    expect(textReport(comparison)).toContain('At best, as the makers of the dataset computed (MAE): everything 0.25.');
  });
});

describe('the best that is possible', () => {
  const references = [
    { name: 'audio', metric: 'MAE', value: 1.15, meaning: 'audio alone' },
    { name: 'everything', metric: 'MAE', value: 0.25, meaning: 'all' },
    { name: 'everything', metric: 'Acc', value: 0.9, meaning: 'all' },
  ];
  const strategies = [{ ...single, modality: 'audio' }, ahead, poor];
  const compared = compareStrategies({ ...settings, references }, strategies);

  it('is how far each strategy has come from the constant prediction', () => {
    // From 1.5 to 0.25: (1.5 - 0.75) / 1.25 = 60 %, (1.5 - 1.25) / 1.25 = 20 %, (1.5 - 1.61) / 1.25 = -9 %.
    expect(claims(compared)).toContain(
      'Of the best possible (MAE from 1.5000, the training median, to 0.2500, everything): deep 60 %, audio 20 %, late -9 %.',
    );
    expect(JSON.parse(jsonReport(compared)).strategies[0].shareOfPossible).toBeCloseTo(0.6, 10);
  });

  it('is for a single modality what that modality allows', () => {
    expect(claims(compared)).toContain('Alone: audio 1.2500 where 1.1500 is possible.');
  });

  it('is the highest where more is better, in percent', () => {
    // Accuracy 1 - 0.75 / 2 = 0.625, from 0.5 to 0.9.
    const byAccuracy = compareStrategies({ ...settings, references, select: 'Acc' }, [ahead]);
    expect(claims(byAccuracy)).toContain(
      'Of the best possible (Acc from 50.00, the training median, to 90.00, everything): deep 31 %.',
    );
    expect(textReport(byAccuracy)).toContain('(Acc): everything 90.00.');
  });

  it('is not spoken of where nobody knows it, nor where nothing is possible', () => {
    expect(claims(compareStrategies({ ...settings, references: [] }, strategies)).join()).not.toContain('possible');
    const nothing = [{ name: 'everything', metric: 'MAE', value: 1.5, meaning: 'all' }];
    expect(claims(compareStrategies({ ...settings, references: nothing }, [ahead])).join()).not.toContain('possible');
  });
});

describe('the reports', () => {
  it('show mean and deviation, parameters and seconds, and the constant prediction last', () => {
    const lines = textReport(comparison).split('\n');
    expect(lines.find((line) => line.includes('deep '))).toMatch(
      /^1 +deep +deep +0\.7500 ± 0\.0557 +62\.50 ± 2\.78 +1\.23 k +13\.0$/,
    );
    expect(lines.find((line) => line.includes('training median'))).toMatch(/^ +training median +1\.5000 +50\.00 +0$/);
  });

  it('tell what strategies take of operations, where that is known of any', () => {
    const taking = (strategy: StrategyRuns): StrategyRuns => ({
      ...strategy,
      results: strategy.results.map((result) => ({ ...result, flops: { prediction: 44_875_072, training: 96e6 } })),
    });
    const spent: SpentRun = { samples: 100, settings: { ...trainingDefaults, batchSize: 10 }, epochs: 5 };
    const budget = budgetOf([spent], []) as Budget;
    const told = compareStrategies(settings, [
      { ...taking(ahead), budget },
      { ...near, budget },
    ]);
    expect(textReport(told)).toMatch(/deep +deep .* 1\.23 k +44\.9 M +13\.0\n.* n\/a +\d/);
    // 500 examples seen.
    expect(markdownReport(told)).toMatch(
      /\| FLOPs \/ example trained \| FLOPs of training \|\n.*\n.*\| 96\.0 M \| 48\.0 G \|\n/,
    );
    expect(JSON.parse(jsonReport(told)).strategies[0].flops).toEqual({ prediction: 44_875_072, training: 96e6 });
    expect(markdownReport(comparison)).not.toContain('FLOPs');
  });

  it('that are files hold no times, which the config does not determine', () => {
    expect(markdownReport(comparison)).not.toContain('s / run');
    expect(jsonReport(comparison)).not.toContain('seconds');
    expect(JSON.parse(jsonReport(comparison)).strategies[0]).toMatchObject({ rank: 1, perSeed: [0.7, 0.81, 0.74] });
  });

  it('that are files show every pair, and where the noise comes from', () => {
    const report = markdownReport(comparison);
    expect(report).toMatch(/\| deep \| early \| [-+]0\.\d{4} \| .* \| cannot be told apart \|/);
    expect(report).toMatch(/\| deep \| late \| -0\.\d{4} \| .* \| < 0\.001 \| < 0\.001 \| different \|/);
    expect(report).toMatch(/\| deep \| \d+ % \| 0\.0557 \| 0\.0\d+ \|/);
    expect(report).toContain('Deviation of MAE between groups of samples:');
    expect(JSON.parse(jsonReport(comparison)).evidence.pairs).toHaveLength(6);
    const one = compareStrategies({ ...settings, seeds: [1] }, [runs('deep', 'deep', [0.7]), runs('a', 'late', [1])]);
    expect(markdownReport(one)).toContain('| not tested |');
  });

  it('tell the selected metric by tag, where samples have tags', () => {
    const tagged = (strategy: StrategyRuns, ironic: readonly number[]): StrategyRuns => ({
      ...strategy,
      results: strategy.results.map((result, seed) => ({
        ...result,
        byTag: { ironic: { samples: 90, figures: { MAE: ironic[seed] as number, Acc: 0 } } },
      })),
    });
    const told = compareStrategies(settings, [tagged(ahead, [1, 2, 3]), tagged(near, [2, 2, 2.75])]);
    expect(markdownReport(told)).toContain(
      ['| strategy | ironic (90) |', '| --- | ---: |', '| deep | 2.0000 |', '| early | 2.2500 |'].join('\n'),
    );
    expect(textReport(told)).toContain('MAE by tag (number of samples), mean over seeds:');
    expect(textReport(comparison)).not.toContain('by tag');
  });

  it('mark a strategy with the number of its runs that were best in their last epoch, and say what to do', () => {
    const bestIn = (epochs: readonly number[]): StrategyRuns => ({
      ...near,
      results: near.results.map((result, seed) => ({
        ...result,
        selected: { ...result.selected, epoch: epochs[seed] as number },
      })),
    });
    // Three epochs each: the third is the last.
    const flagged = compareStrategies(settings, [bestIn([2, 0, 2]), ahead]);
    const say = 'their best epoch was the last, so they were still improving';
    for (const report of [textReport(flagged), markdownReport(flagged)]) {
      expect(report).toMatch(/early ↑2 /);
      expect(report).not.toMatch(/deep ↑/);
      expect(report).toContain(say);
      expect(report).toContain('training.epochs');
    }
    const counts = (report: string) =>
      JSON.parse(report).strategies.map(({ label, stillImproving }: RankedStrategy) => [label, stillImproving]);
    expect(counts(jsonReport(flagged))).toEqual([
      ['deep', 0],
      ['early', 2],
    ]);
    // As when early stopping ends a run: epochs without improvement follow the best.
    const stopped = compareStrategies(settings, [bestIn([0, 1, 1]), ahead]);
    for (const report of [textReport(stopped), markdownReport(stopped)]) expect(report).not.toMatch(/↑|improving/);
  });

  it('leave out metrics that a narrow terminal has no room for', () => {
    const narrow = textReport(comparison, 66);
    expect(narrow).not.toContain('62.50');
    expect(narrow).toContain('In the report only, for want of room: Acc.');
    expect(
      Math.max(
        ...narrow
          .split('\n')
          .slice(2, 8)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(66);
  });
});

it('files of a comparison are named by its config, and by its runs where overrides changed them', () => {
  const name = (overrides: readonly string[], ...ofRuns: string[]) =>
    reportName({ name: 'my trial', overrides, runs: ofRuns });
  expect(name([], 'early-s1-0f3c9a52')).toBe('my-trial-comparison');
  const changed = name(['seeds=1'], 'early-s1-0f3c9a52');
  expect(changed).toMatch(/^my-trial-[0-9a-f]{8}-comparison$/);
  expect(name(['seeds=1', 'output=elsewhere'], 'early-s1-0f3c9a52')).toBe(changed);
  expect(name(['seeds=2'], 'early-s2-1a4d8b63')).not.toBe(changed);
  expect(name(['name=my trial', 'seeds=1'], 'early-s1-0f3c9a52')).toBe('my-trial-comparison');
});

it('labels tell apart strategies that share an id, by what differs', () => {
  const slot = (
    use: string,
    options: object,
    adaptation: FusionAdaptation = 'frozen',
    control: StreamControl = 'none',
  ) => ({
    use,
    options: { ...options },
    adaptation,
    control,
  });
  expect(strategyLabels([slot('early', { a: 1 }), slot('late', {})])).toEqual(['early', 'late']);
  expect(
    strategyLabels([slot('unimodal', { modality: 'text', a: 1 }), slot('unimodal', { modality: 'audio', a: 1 })]),
  ).toEqual(['unimodal (text)', 'unimodal (audio)']);
  expect(strategyLabels([slot('deep', { depth: 2, gate: 'on' }), slot('deep', { depth: 3, gate: 'off' })])).toEqual([
    'deep (depth 2, gate on)',
    'deep (depth 3, gate off)',
  ]);
  expect(
    strategyLabels([
      { ...slot('late', {}), training: { learningRate: 0.01 } },
      { ...slot('late', {}), training: { learningRate: 0.1 } },
      { ...slot('deep', {}), training: { learningRate: 0.1 } },
    ]),
  ).toEqual(['late (learningRate 0.01)', 'late (learningRate 0.1)', 'deep']);
  expect(strategyLabels([slot('late', {}), slot('late', {}, 'feed-forward'), slot('deep', {})])).toEqual([
    'late',
    'late + feed-forward',
    'deep',
  ]);
  expect(
    strategyLabels([
      slot('deep', { gate: 'on' }),
      { ...slot('deep', { gate: 'off', depth: 1 }), preset: 'no-gate' },
      { ...slot('deep', { gate: 'off', depth: 2 }), preset: 'no-gate' },
    ]),
  ).toEqual(['deep', 'deep no-gate (depth 1)', 'deep no-gate (depth 2)']);
  expect(
    strategyLabels([slot('unimodal', { modality: 'text' }, 'feed-forward'), slot('unimodal', { modality: 'audio' })]),
  ).toEqual(['unimodal (text) + feed-forward', 'unimodal (audio)']);
  const warmStart = [{ run: 'encoders', select: '**' }];
  const adapted = slot('late', {}, 'feed-forward');
  expect(strategyLabels([slot('late', {}), { ...adapted, warmStart }])).toEqual([
    'late',
    'late + feed-forward after encoders',
  ]);
  expect(
    strategyLabels([
      slot('deep', {}),
      slot('deep', {}, 'frozen', 'constant-streams'),
      slot('late', {}, 'feed-forward', 'shuffled-streams'),
    ]),
  ).toEqual(['deep', 'deep, streams constant', 'late + feed-forward, streams shuffled']);
});

it('stages are told of in one line, and have no rank', () => {
  const stage = { name: 'encoders', strategy: 'stream-encoder', trainedParameters: 28_400, runs: ['a', 'b'] };
  const valid = { mean: 1.25, deviation: 0.125 };
  const after = compareStrategies({ ...settings, stages: [{ ...stage, valid }] }, [single, ahead]);
  const line = 'Stages, one run for each seed: encoders (stream-encoder, 28.4 k trained, valid MAE 1.2500 ± 0.1250).';
  expect(textReport(after)).toContain(`- ${line}`);
  expect(markdownReport(after)).toContain(`- ${line}`);
  expect(after.strategies.map(({ label }) => label)).toEqual(['deep', 'audio']);
  expect(textReport(comparison)).not.toContain('Stages');
});

describe('several language models', () => {
  const on = (backbone: string, of: StrategyRuns): StrategyRuns => ({ ...of, backbone });
  const several = compareStrategies({ ...settings, backbones: ['llama', 'gpt2'] }, [
    single,
    on('llama', ahead),
    on('llama', runs('early', 'early', [0.9, 1.1, 1.0])),
    on('gpt2', runs('deep', 'deep', [1.3, 1.4, 1.35])),
    on('gpt2', near),
  ]);

  it('stand in one table, in a column that a comparison on one of them does not have', () => {
    const rows = markdownReport(several).split('\n');
    expect(rows).toContainEqual(expect.stringContaining('| strategy | language model | category |'));
    expect(rows).toContainEqual(expect.stringMatching(/^\| 2 \| early \| gpt2 \| early \|/));
    expect(rows).toContainEqual(expect.stringMatching(/^\| 4 \| audio \| none \| no fusion \|/));
    expect(markdownReport(comparison)).not.toContain('language model');
    expect(JSON.parse(jsonReport(several)).strategies[0]).toMatchObject({ label: 'deep', backbone: 'llama' });
  });

  it('are compared like with like: on the same one, or the same strategy on both', () => {
    const said = claims(several).map((claim) => claim.split(': MAE')[0]);
    expect(said.slice(0, 5)).toEqual([
      'On llama: Fusion is ahead: the best strategy, deep with llama, against the best single modality, audio',
      'On llama: deep with llama against early with llama',
      'On gpt2: Fusion is ahead: the best strategy, early with gpt2, against the best single modality, audio',
      'On gpt2: early with gpt2 against deep with gpt2',
      'Between language models: deep with llama against deep with gpt2',
    ]);
    expect(said).toHaveLength(claims(comparison).length + 2);
  });

  it('are named by their id, and by what tells apart those that share one', () => {
    const slot = (use: string, checkpoint: string) => ({ use, options: { checkpoint, weights: 'stored' } });
    expect(slotLabels([slot('llama', 'a'), slot('llama', 'org/b'), slot('gpt2', 'c')])).toEqual([
      'llama (a)',
      'llama (org/b)',
      'gpt2',
    ]);
  });
});

it('figures are printed as the field prints them', () => {
  expect(formatFigure(0.82581, { percent: true })).toBe('82.58');
  expect(formatFigure(0.53124, {})).toBe('0.5312');
  expect(formatFigure(Number.NaN, {})).toBe('n/a');
  expect(formatSpread({ mean: 0.5, deviation: Number.NaN }, {} as MetricColumn)).toBe('0.5000');
  expect([950, 38_200, 1_240_000].map(formatCount)).toEqual(['950', '38.2 k', '1.24 M']);
  expect([999, 999_499, 999_500, 2.7e12, 3e18].map(formatCount)).toEqual([
    '999',
    '999 k',
    '1.00 M',
    '2.70 T',
    '3.00e+3 P',
  ]);
});

describe('a table', () => {
  const table = {
    columns: [
      { title: 'name', align: 'left' },
      { title: 'n', align: 'right' },
      { title: 'more', align: 'right' },
    ],
    rows: [
      ['a|b', '1', '2'],
      ['c', '10', '20'],
    ],
  } as const;

  it('is aligned as text and barred as Markdown', () => {
    expect(textTable(table)).toBe('name   n  more\n────  ──  ────\na|b    1     2\nc     10    20');
    expect(markdownTable(table)).toBe('| name | n | more |\n| --- | ---: | ---: |\n| a\\|b | 1 | 2 |\n| c | 10 | 20 |');
  });

  it('gives up the last dispensable columns, and no others', () => {
    expect(fitTable(table, 8, ['n', 'more']).columns.map(({ title }) => title)).toEqual(['name', 'n']);
    expect(fitTable(table, 1, ['more']).columns.map(({ title }) => title)).toEqual(['name', 'n']);
  });
});
