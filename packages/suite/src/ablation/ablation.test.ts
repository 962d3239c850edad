/** An ablation from a config to its report, on results that are made up. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FusionSlot, MetricFamily } from '@interfuse/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { compareStrategies, type RankedStrategy } from '../comparison/comparison.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns } from '../experiment/plan.js';
import type { RunResult } from '../run/result.js';
import { ablationOf } from './ablation.js';
import { deriveAblation } from './derive.js';
import { pageAblation, plotAblation } from './plot.js';
import type { Point } from './points.js';
import { type QuestionId, questions } from './questions.js';
import { jsonAblation, markdownAblation, textAblation } from './report.js';

const silent = { debug() {}, info() {}, warn() {} };
const question = (id: QuestionId) => questions.find((each) => each.id === id) as (typeof questions)[number];

/** MAE, and what it would be as a share of 2. */
const metrics: MetricFamily = {
  columns: [
    { name: 'MAE', better: 'lower', perSample: true, describe: 'Mean absolute error.' },
    { name: 'Acc', better: 'higher', percent: true, perSample: true, describe: 'Accuracy.' },
  ],
  compute(predictions, labels) {
    const errors = Array.from(labels, (label, row) => Math.abs((predictions[row] as number) - label));
    const MAE = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    return { MAE, Acc: 1 - MAE / 2 };
  },
};

/** Forty samples with this mean error, which differ a little, in a way of each point's own. */
function predictionsWith(point: number, error: number) {
  const items = Array.from({ length: 40 }, (_, item) => item);
  return {
    ids: items.map(String),
    groups: items.map(String),
    labels: new Float32Array(40),
    values: Float32Array.from(items, (item) => error + 0.02 * Math.sin(point + 2 * Math.PI * item * 0.15)),
  };
}

const fusion: FusionSlot = { use: 'deepmlf', options: {}, adaptation: 'frozen', control: 'none' };
const points: Point[] = [
  { label: '1', x: 1, fusion, against: 1 },
  { label: '3', x: 3, fusion },
  { label: '5', x: 5, fusion, against: 1 },
];

function ranked(errors: readonly (readonly number[])[], seeds = [1, 2, 3]) {
  const strategies = errors.map((figures, index) => ({
    label: points[index]?.label as string,
    category: 'deep' as const,
    adapted: true,
    predictions: figures.map((error) => predictionsWith(index, error)),
    results: figures.map(
      (MAE, seed): RunResult => ({
        format: 1,
        run: `deepmlf-${index}-${seed}`,
        strategy: { id: 'deepmlf', version: '1.0.0', ...fusion },
        seed: seed + 1,
        data: { name: 'small', digest: '00' },
        engine: 'cpu',
        parameters: { total: 5000, trained: 1234 },
        epochs: 3,
        selected: { epoch: index === 0 ? 2 : 1, column: 'MAE', value: MAE },
        weights: '00',
        valid: { Acc: 0.5, MAE },
        test: { Acc: 1 - MAE / 2, MAE },
        constant: { name: 'training median', value: 0, valid: { MAE: 1.5, Acc: 0.5 }, test: { MAE: 1.5, Acc: 0.5 } },
      }),
    ),
    costs: figures.map(() => ({
      preparationSeconds: 1,
      trainingSeconds: 1,
      evaluationSeconds: 1,
      peakMemoryMegabytes: 1,
    })),
  }));
  const comparison = compareStrategies(
    { name: 'trial', dataset: 'small', seeds, metrics, select: 'MAE', references: [] },
    strategies,
  );
  const inOrder = points.map(({ label }) =>
    comparison.strategies.find((own) => own.label === label),
  ) as RankedStrategy[];
  return ablationOf(question('depth'), points, comparison, inOrder);
}

const result = ranked([
  [1.2, 1.3, 1.25],
  [0.7, 0.81, 0.74],
  [0.71, 0.8, 0.76],
]);

describe('the result', () => {
  it('keeps the order of the points and has an interval for each', () => {
    expect(result.points.map(({ label, x }) => [label, x])).toEqual([
      ['1', 1],
      ['3', 3],
      ['5', 5],
    ]);
    // Deviation 0.05, half width 4.3027 * 0.05 / sqrt(3) = 0.1242.
    expect(result.points[0]?.interval?.map((bound) => bound.toFixed(4))).toEqual(['1.1258', '1.3742']);
  });

  it('has differences that are those of the evidence, above 0 where a point is better', () => {
    // 0.7 - 1.2, 0.81 - 1.3, 0.74 - 1.25: mean -0.5.
    const [first, , last] = result.points.map(({ difference }) => difference);
    expect(first).toMatchObject({ from: '3', better: 0, verdict: 'different' });
    expect(first?.mean).toBeCloseTo(-0.5, 10);
    const [low, high] = first?.interval ?? [0, 0];
    expect([low < -0.5, high > -0.5, high < 0]).toEqual([true, true, true]);
    expect(last).toMatchObject({ better: 1, verdict: 'undecided' });
    expect(result.points[1]?.difference).toBeUndefined();
  });

  it('says in words what can be told apart', () => {
    expect(result.claims[0]).toBe('Best mean: 3.');
    expect(result.claims[1]).toMatch(/^1 against 3: MAE 1\.2500 against 0\.7500, better by -0\.5000 .*: different\.$/);
    expect(result.claims[2]).toMatch(/^5 against 3: .*: cannot be told apart with 3 seeds and these samples\./);
    expect(result.claims.at(-1)).toContain('This comparison: 3 seeds, 40 samples');
  });
});

describe('the report', () => {
  it('is a table, in Markdown with the plot', () => {
    const lines = markdownAblation(result, 'ablation-depth.svg').split('\n');
    expect(lines).toContain('![MAE by MM Blocks](ablation-depth.svg)');
    const rows = lines.filter((line) => /^\| \d/.test(line));
    expect(rows[0]).toMatch(
      /^\| 1 ↑3 \| 1\.2500 ± 0\.0500 \| 1\.1258 to 1\.3742 \| 3 \| -0\.5000 \| -0\.\d+ to -0\.\d+ \| [<0]\S* ?\S* \| different \| 37\.50 ± 2\.50 \| 1\.23 k \|$/,
    );
    expect(rows[1]).toBe('| 3 | 0.7500 ± 0.0557 | 0.6117 to 0.8883 |  |  |  |  |  | 62.50 ± 2.78 | 1.23 k |');
    expect(textAblation(result, 90)).not.toContain('Acc');
    expect(JSON.parse(jsonAblation(result)).points[2].difference.from).toBe('3');
  });

  it('is a page with the plot in it, that loads nothing', async () => {
    const drawing = await plotAblation(result);
    expect(drawing).toContain('MAE on test (lower is better)');
    const page = pageAblation(result, drawing);
    expect(page).toContain(drawing);
    expect(page).toContain('<td class="left">different</td>');
    expect(page).not.toMatch(/(?:src|href)="/);
  });

  it('of one seed has no intervals', async () => {
    const single = ranked([[1.2], [0.7], [0.71]], [1]);
    expect(markdownAblation(single, 'a.svg')).toContain('| 1 ↑1 | 1.2000 |  | 3 | -0.5000 |  |  | one seed |');
    expect(await plotAblation(single)).toContain('</svg>');
  });
});

describe('the experiment', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interfuse-ablation-'));
    await writeSmallExperiment(folder, {
      seeds: 1,
      fusion: ['late', { use: 'deepmlf', options: { tokens: 4 } }],
      encoders: { '*': { use: 'transformer', options: { steps: 4 } } },
    });
  });
  afterAll(() => rm(folder, { recursive: true }));
  const derive = (id: QuestionId, overrides: readonly string[] = [], chosen?: readonly number[]) =>
    deriveAblation({ workingFolder: folder, configFile: 'config.json', overrides }, question(id), chosen, silent);

  it('has the DeepMLF of the config in every form, and runs that other comparisons have, too', async () => {
    const { experiment, request, points: derived } = await derive('tokens', [], [2, 6]);
    const tokens = experiment.config.fusion.map(({ use, options }) => [use, options.tokens]);
    expect(tokens).toEqual([2, 4, 6].map((count) => ['deepmlf', count]));
    expect(derived.map(({ label }) => label)).toEqual(['2', '4', '6']);
    const names = (await planRuns(experiment)).map(({ name }) => name);
    // A worker opens it from the request alone.
    expect((await planRuns(await openExperiment(request, silent))).map(({ name }) => name)).toEqual(names);
    const compared = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides: [] }, silent);
    expect((await planRuns(compared)).map(({ name }) => name)).toContain(names[1]);
  });

  it('asks about every block of the language model', async () => {
    // stories260k has five, of which DeepMLF follows the last three.
    const { points: derived } = await derive('depth');
    expect(derived.map(({ x, against }) => [x, against])).toEqual([
      [1, 2],
      [2, 2],
      [3, undefined],
      [4, 2],
      [5, 2],
    ]);
  });

  it('trains the encoders in a stage of its own, with the training of the config', async () => {
    const { experiment } = await derive('curriculum', ['training.epochs=3']);
    expect(experiment.config.stages.encoders).toMatchObject({
      fusion: { use: 'stream-encoder' },
      training: { epochs: 3, batchSize: 8 },
    });
    const runs = await planRuns(experiment);
    expect(runs.map(({ strategy }) => strategy.slot.warmStart?.[0]?.run)).toEqual([undefined, 'encoders']);
  });

  it('on several language models has one strategy', async () => {
    const { experiment } = await derive('backbone');
    expect(experiment.config.fusion).toHaveLength(1);
    expect(experiment.config.languageModel.map(({ use }) => use)).toEqual(['llama', 'gpt2']);
  });

  it.each([
    ['a config without DeepMLF', 'depth', ['fusion.use=late'], undefined],
    ['a config with several', 'depth', ['fusion=[deepmlf, {use: deepmlf, options: {tokens: 2}}]'], undefined],
    [
      'several language models',
      'tokens',
      ['languageModel=[llama, {use: gpt2, options: {checkpoint: prose1m}}]'],
      undefined,
    ],
    ['numbers for a question that is not about numbers', 'gate', [], [1, 2]],
  ] as const)('is refused for %s', async (_, id, overrides, chosen) => {
    await expect(derive(id, overrides, chosen)).rejects.toMatchObject({ code: 'COMMAND_USAGE' });
  });
});
