/** Warm starts: what is found by path, what is not, and what is an error. */
import type { FusionModule, Leaves } from '@interfuse/core';
import { ones, zeros } from '@interfuse/nn';
import { describe, expect, it } from 'vitest';
import { planWarmStart, type Shapes, selectedShapes } from './warm-start.js';

const model = (parameters: Leaves, state: Leaves = {}) =>
  ({ parameters, state, forward: () => undefined }) as unknown as FusionModule;

/** Encoders with running statistics, as a batch norm has them, and a head. */
const stage = model(
  { streams: { audio: ones([3]), join: ones([3, 2]) }, head: ones([2]) },
  { streams: { audio: { mean: zeros([3]) } } },
);
const there: Shapes = selectedShapes(stage);

const plan = (module: FusionModule, select: string, as?: string) =>
  planWarmStart(there, module, { run: 'first', select, ...(as === undefined ? {} : { as }) }, 'fusion[0].warmStart[0]');

describe('a warm start', () => {
  it('takes parameters and state of the same path, and counts them', () => {
    const { sources, report } = plan(stage, 'streams/**');
    expect(Object.fromEntries(sources)).toEqual({
      'parameters/streams/audio': 'parameters/streams/audio',
      'parameters/streams/join': 'parameters/streams/join',
      'state/streams/audio/mean': 'state/streams/audio/mean',
    });
    expect(report).toEqual({ leaves: 3, elements: 12, notInModel: [], notInCheckpoint: [] });
  });

  it('reports what either side has alone, within what is selected', () => {
    const other = model({ streams: { audio: ones([3]), norm: ones([2]) }, tokens: ones([4]) });
    expect(plan(other, 'streams/**').report).toEqual({
      leaves: 1,
      elements: 3,
      notInModel: ['streams/join', 'streams/audio/mean'],
      notInCheckpoint: ['streams/norm'],
    });
  });

  it('finds leaves under another path where `as` says so', () => {
    const other = model({ av: { audio: ones([3]), extra: ones([1]) } }, { av: { audio: { mean: zeros([3]) } } });
    const { sources, report } = plan(other, 'streams/audio*/**', 'av');
    expect(sources.size).toBe(1);
    const all = plan(other, 'streams/**', 'av');
    expect(all.sources.get('parameters/av/audio')).toBe('parameters/streams/audio');
    expect(all.sources.get('state/av/audio/mean')).toBe('state/streams/audio/mean');
    expect(all.report.notInCheckpoint).toEqual(['av/extra']);
    expect(report.notInCheckpoint).toEqual([]);
  });

  it('with an empty `as` finds them without what they begin with', () => {
    const { sources } = plan(model({ audio: ones([3]) }), 'streams/**', '');
    expect(sources.get('parameters/audio')).toBe('parameters/streams/audio');
  });
});

describe('an error', () => {
  it('names both shapes where they differ', () => {
    const other = model({ streams: { audio: ones([5]), join: ones([3, 2]) } });
    expect(() => plan(other, 'streams/**')).toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_MISMATCH',
        place: 'fusion[0].warmStart[0]',
        got: 'streams/audio is [5] here and [3] there',
      }),
    );
  });

  it('is a leaf that is frozen here: nothing would keep its value', () => {
    const other = model({ streams: { audio: ones([3], { train: false }) } });
    expect(() => plan(other, 'streams/**')).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_MISMATCH', got: 'streams/audio is frozen here' }),
    );
  });

  it('is a selection of nothing, and says what there is', () => {
    expect(() => plan(stage, 'encoders/**')).toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_MISMATCH',
        got: 'none that encoders/** selects',
        remedy: expect.stringContaining('streams, head'),
      }),
    );
    expect(() => plan(model({ encoders: ones([3]) }), 'head')).toThrow(
      expect.objectContaining({ got: 'none: head', remedy: expect.stringContaining('`as`') }),
    );
  });
});
