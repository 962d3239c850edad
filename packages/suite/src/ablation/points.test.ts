/** The points of every question: what they change of the config's DeepMLF, and what each is compared with. */
import type { FusionSlot } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { type Base, type Point, pointsOf } from './points.js';

const options = {
  tokens: 8,
  depth: null,
  after: null,
  gates: 'sigmoid',
  gate: 0,
  lossWeights: { fusion: 1, streams: 1, text: 1, languageModel: 0.1 },
};
const slot: FusionSlot = { use: 'deepmlf', options, adaptation: 'frozen', control: 'none' };
const stories = { use: 'llama', options: { checkpoint: 'stories260k' } };
const base: Base = { slot, languageModels: [stories], layers: 5, mostTokens: 460 };
const withOptions = (changes: object): Base => ({ ...base, slot: { ...slot, options: { ...options, ...changes } } });

const labels = (points: readonly Point[]) => points.map(({ label }) => label);
const ownOf = (points: readonly Point[]) => points.filter(({ fusion }) => fusion === slot).map(({ label }) => label);

describe('depth', () => {
  it('goes from one MM Block to one after every block, against that of the config, which is left as it is', () => {
    const points = pointsOf('depth', base);
    expect(labels(points)).toEqual(['1', '2', '3', '4', '5']);
    expect(ownOf(points)).toEqual(['3']);
    expect(points.map(({ against }) => against)).toEqual([2, 2, undefined, 2, 2]);
    expect(points[0]?.fusion.options).toEqual({ ...options, depth: 1, after: null });
  });

  it('is thinned evenly where there are many blocks, the config among them', () => {
    const points = pointsOf('depth', { ...base, layers: 24 });
    expect(labels(points)).toEqual(['1', '4', '8', '11', '12', '14', '17', '21', '24']);
  });

  it('asks about the numbers that are named, and counts the blocks that a list names', () => {
    const points = pointsOf('depth', withOptions({ after: [1, 4] }), [1, 5]);
    expect(labels(points)).toEqual(['1', '2', '5']);
    expect(points[2]?.fusion.options).toMatchObject({ depth: 5, after: null });
  });
});

describe('tokens', () => {
  it('are those of the paper and that of the config, as far as the language model has positions', () => {
    expect(labels(pointsOf('tokens', base))).toEqual(['2', '4', '8', '16', '20', '40']);
    expect(labels(pointsOf('tokens', { ...withOptions({ tokens: 6 }), mostTokens: 17 }))).toEqual([
      '2',
      '4',
      '6',
      '8',
      '16',
    ]);
  });
});

describe('gate', () => {
  it('has every way to open once, that of the config first', () => {
    const points = pointsOf('gate', withOptions({ gates: 'tanh', gate: 0 }));
    expect(points[0]?.label).toBe('tanh, shut (0)');
    expect(new Set(labels(points)).size).toBe(6);
    expect(points).toHaveLength(6);
  });

  it('keeps one of its own that is none of them', () => {
    const points = pointsOf('gate', withOptions({ gate: -1 }));
    expect(points[0]?.label).toBe('as configured (sigmoid from -1)');
    expect(points).toHaveLength(7);
  });
});

describe('losses', () => {
  it('leaves out each that is on, and all', () => {
    const points = pointsOf('losses', base);
    expect(labels(points)).toEqual([
      'all',
      'without fusion tokens',
      'without streams',
      'without text',
      'without language model',
      'the task alone',
    ]);
    expect(points.at(-1)?.fusion.options.lossWeights).toEqual({ fusion: 0, streams: 0, text: 0, languageModel: 0 });
    expect(points[2]?.fusion.options.lossWeights).toEqual({ ...options.lossWeights, streams: 0 });
  });

  it('does not leave out what is off', () => {
    const points = pointsOf('losses', withOptions({ lossWeights: { ...options.lossWeights, languageModel: 0 } }));
    expect(labels(points)).not.toContain('without language model');
    expect(points[0]?.label).toBe('as configured');
  });
});

describe('curriculum', () => {
  it('is with and without encoders that a stage has trained, whichever the config has', () => {
    const [own, staged] = pointsOf('curriculum', base) as [Point, Point];
    expect(own.fusion).toEqual(slot);
    expect(staged.fusion.warmStart).toEqual([{ run: 'encoders', select: 'streams/**' }]);
    const [first, without] = pointsOf('curriculum', { ...base, slot: staged.fusion }) as [Point, Point];
    expect(first.fusion).toEqual(staged.fusion);
    expect(without).toMatchObject({ fusion: slot, against: 0 });
    expect('warmStart' in without.fusion).toBe(false);
  });
});

describe('backbone', () => {
  it('is that of the config and the bundled ones beside it, or those that the config lists', () => {
    expect(labels(pointsOf('backbone', base))).toEqual(['stories260k (llama)', 'prose1m (gpt2)']);
    const own = { use: 'llama', options: { checkpoint: './own' } };
    expect(labels(pointsOf('backbone', { ...base, languageModels: [own, stories] }))).toEqual([
      './own (llama)',
      'stories260k (llama)',
    ]);
  });
});

describe('ladder', () => {
  const points = pointsOf('ladder', base);

  it('adds one part at a time, each rung against the one below', () => {
    expect(points.slice(0, 5).map(({ against }) => against)).toEqual([undefined, 0, 1, 2, 3]);
    expect(points.map(({ fusion: { use, adaptation } }) => `${use} ${adaptation}`)).toEqual([
      'unimodal feed-forward',
      'late feed-forward',
      ...Array.from({ length: 5 }, () => 'deepmlf frozen'),
    ]);
    expect(points[2]?.fusion.options.tokens).toBe(0);
    expect(points[3]?.fusion.options).toMatchObject({ tokens: 8, crossAttentions: 1 });
    expect(points[4]?.fusion).toBe(slot);
  });

  it('compares both controls with DeepMLF', () => {
    expect(
      points.slice(5).map(({ fusion: { control }, against }) => [control, points[against as number]?.label]),
    ).toEqual([
      ['constant-streams', 'DeepMLF'],
      ['shuffled-streams', 'DeepMLF'],
    ]);
  });
});
