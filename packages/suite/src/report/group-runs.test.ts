/** Runs of several suites: which belong together, and which do not fit. */
import type { FusionSlot } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import type { RunIdentity } from '../experiment/identity.js';
import type { CollectedRun } from './collect-runs.js';
import { groupRuns } from './group-runs.js';

const gpt2 = { use: 'gpt2', options: {} };
const llama = { use: 'llama', options: {} };

function run(use: string, seed: number, identity: Partial<RunIdentity> = {}, usesModel = false): CollectedRun {
  const name = `${use}-s${seed}`;
  return {
    folder: `/runs/${name}`,
    manifest: {
      run: name,
      identity: {
        format: 1,
        seed,
        data: { use: 'staged', options: {}, digest: 'd1' },
        fusion: { use, options: {}, adaptation: 'frozen', control: 'none' },
        languageModel: gpt2,
        training: { epochs: 3 },
        evaluation: { metrics: { use: 'sentiment', options: {} }, select: 'MAE' },
        code: { '@interfuse/nn': 'aaaa' },
        ...identity,
      },
    },
    result: { run: name, seed, parameters: { total: 1, trained: 1, ...(usesModel ? { languageModel: {} } : {}) } },
  } as unknown as CollectedRun;
}

const labels = (runs: readonly CollectedRun[]) => groupRuns(runs).groups.map(({ label }) => label);

describe('finished runs', () => {
  it('that differ in their seed alone are one strategy, in the order of the seeds', () => {
    const { groups, seeds, notes } = groupRuns([run('late', 2), run('early', 1), run('late', 1), run('early', 2)]);
    expect(groups.map(({ label, runs }) => [label, runs.map(({ result }) => result.seed)])).toEqual([
      ['late', [1, 2]],
      ['early', [1, 2]],
    ]);
    expect([seeds, notes]).toEqual([[1, 2], []]);
  });

  it('of a seed that not every strategy has are left out, and that is said', () => {
    const { seeds, groups, notes } = groupRuns([run('late', 1), run('late', 7), run('early', 1)]);
    expect([seeds, groups.map(({ runs }) => runs.length)]).toEqual([[1], [1, 1]]);
    expect(notes).toEqual(['Not every strategy has seed 7: left out.']);
  });

  it('that share a name are told apart by what differs: choices, or else code', () => {
    const long = { training: { epochs: 9 } as RunIdentity['training'] };
    expect(labels([run('late', 1), run('late', 1, long)])).toEqual([
      'late (training.epochs 3)',
      'late (training.epochs 9)',
    ]);
    const other = { code: { '@interfuse/nn': 'bbbb' } };
    expect(labels([run('late', 1), run('late', 1, other)])).toEqual([
      'late (code.@interfuse/nn aaaa)',
      'late (code.@interfuse/nn bbbb)',
    ]);
  });

  it('have their language model beside them where there are several', () => {
    const { groups, backbones } = groupRuns([
      run('late', 1, {}, true),
      run('late', 1, { languageModel: llama }, true),
      run('unimodal', 1),
    ]);
    expect(groups.map(({ label, backbone }) => [label, backbone])).toEqual([
      ['late', 'gpt2'],
      ['late', 'llama'],
      ['unimodal', undefined],
    ]);
    expect(backbones).toEqual(['gpt2', 'llama']);
  });

  it('of before there were controls are read as runs without one', () => {
    const fusion = { use: 'late', options: {}, adaptation: 'frozen' } as unknown as FusionSlot;
    expect(labels([run('late', 1, { fusion })])).toEqual(['late']);
  });
});

describe('finished runs are refused', () => {
  it.each([
    ['of other data', { data: { use: 'staged', options: {}, digest: 'd2' } }, 'd1', 'd2'],
    ['of other metrics', { evaluation: { metrics: { use: 'sims', options: {} }, select: 'MAE' } }, 'sentiment', 'sims'],
    [
      'selected otherwise',
      { evaluation: { metrics: { use: 'sentiment', options: {} }, select: 'Corr' } },
      'MAE',
      'Corr',
    ],
  ])('%s', (_what, identity, expected, got) => {
    expect(() => groupRuns([run('late', 1), run('early', 1, identity as unknown as Partial<RunIdentity>)])).toThrow(
      expect.objectContaining({
        code: 'RUN_INVALID',
        place: '/runs/early-s1',
        expected: expect.stringContaining(expected),
        got: expect.stringContaining(got),
      }),
    );
  });

  it('that share no seed', () => {
    expect(() => groupRuns([run('late', 1), run('early', 2)])).toThrow(
      expect.objectContaining({ code: 'RUN_INVALID', place: '/runs/early-s2', got: '2' }),
    );
  });
});
