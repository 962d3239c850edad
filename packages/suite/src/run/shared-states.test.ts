/** States of a frozen language model that runs have in common: computed once, whole, and never wrong. */
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { States } from '@interfuse/training/loop';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunPlan } from '../experiment/plan.js';
import { removeSharedStates, sharedStates } from './shared-states.js';

let output: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), 'interfuse-shared-'));
});
afterEach(() => rm(output, { recursive: true }));

const identity = {
  languageModel: { use: 'llama', options: {} },
  weights: { 'small/model.safetensors': '00' },
  data: { use: 'small', options: {}, digest: '11', textLength: 8, transforms: {} },
  engine: { use: 'onnx', options: {} },
  plugins: [{ kind: 'fusion', id: 'late', version: '1.0.0', code: '22' }],
  code: {},
};
const plan = (name: string, changed: object = {}) =>
  ({ folder: join(output, name), identity: { ...identity, ...changed } }) as unknown as RunPlan;

const settings = { split: 'train', samples: 3, width: 2 } as const;
const states = (depth: number): States => [
  Float32Array.of(depth, 1, 2, 3),
  new Float32Array(),
  Float32Array.of(0.1, -depth),
];

/** Counts what it computes. */
function computing() {
  const asked: number[][] = [];
  const compute = async (missing: readonly number[]) => {
    asked.push([...missing]);
    return new Map(missing.map((depth) => [depth, states(depth)]));
  };
  return { asked, compute };
}

const files = async () => {
  const [key = ''] = await readdir(join(output, '.shared'));
  return (await readdir(join(output, '.shared', key))).sort();
};

describe('shared states', () => {
  it('are computed by the first run, and found by the others, bit for bit', async () => {
    const { asked, compute } = computing();
    const first = await sharedStates(plan('late-s1'), settings).get([2], compute);
    const other = await sharedStates(plan('late-s2'), settings).get([2], compute);
    expect(asked).toEqual([[2]]);
    expect(other).toEqual(first);
    expect(other?.get(2)).toEqual(states(2));
  });

  it('are shared by strategies of other depths, which compute what is missing', async () => {
    const { asked, compute } = computing();
    await sharedStates(plan('late-s1'), settings).get([4], compute);
    const found = await sharedStates(plan('deepmlf-s1'), settings).get([0, 4], compute);
    expect(asked).toEqual([[4], [0]]);
    expect([...(found?.keys() ?? [])]).toEqual([0, 4]);
  });

  it('are computed once when two runs begin at once', async () => {
    const { asked, compute } = computing();
    const both = ['late-s1', 'late-s2'].map((name) => sharedStates(plan(name), settings).get([1, 2], compute));
    const [one, other] = await Promise.all(both);
    expect(asked).toEqual([[1, 2]]);
    expect(other).toEqual(one);
  });

  it('are those of the same texts, model and engine, whatever the strategy and the transforms of streams', async () => {
    const { asked, compute } = computing();
    const { data } = identity;
    await sharedStates(plan('a'), settings).get([1], compute);
    const same = { data: { ...data, transforms: { audio: [] } }, plugins: [] };
    await sharedStates(plan('b', same), settings).get([1], compute);
    expect(asked).toHaveLength(1);
    const others = [
      { data: { ...data, digest: '99' } },
      { data: { ...data, textLength: 9 } },
      { weights: { 'small/model.safetensors': '01' } },
      { engine: { use: 'cpu', options: {} } },
      { plugins: [{ kind: 'language-model', id: 'llama', version: '1.0.0', code: '33' }] },
    ];
    for (const changed of others) await sharedStates(plan('c', changed), settings).get([1], compute);
    expect(asked).toHaveLength(1 + others.length);
  });

  it('are computed anew where a file is damaged, cut off or of something else', async () => {
    const { asked, compute } = computing();
    const get = (changed = {}) => sharedStates(plan('late-s1'), { ...settings, ...changed }).get([1], compute);
    await get();
    const [key = ''] = await readdir(join(output, '.shared'));
    const file = join(output, '.shared', key, 'train-1.safetensors');
    for (const damage of [() => truncate(file, 40), () => writeFile(file, 'not a tensor'), () => rm(file)]) {
      await damage();
      expect((await get())?.get(1)).toEqual(states(1));
    }
    expect(asked).toHaveLength(4);
    await get({ samples: 2 });
    expect(asked).toHaveLength(5);
  });

  it('that cannot be computed are not kept, and nobody waits for them', async () => {
    const shared = sharedStates(plan('late-s1'), settings);
    expect(await shared.get([1], async () => undefined)).toBeUndefined();
    await expect(shared.get([1], () => Promise.reject(new Error('no engine')))).rejects.toThrow('no engine');
    expect(await files()).toEqual([]);
    const { compute } = computing();
    await shared.get([1], compute);
    expect(await files()).toEqual(['train-1.safetensors']);
  });

  it('go when the comparison is done', async () => {
    const { compute } = computing();
    await sharedStates(plan('late-s1'), settings).get([1], compute);
    const { data } = identity;
    const other = plan('late-s3', { data: { ...data, digest: '99' } });
    await sharedStates(other, settings).get([1], compute);
    await removeSharedStates([plan('late-s1'), plan('late-s2')]);
    expect(await readdir(join(output, '.shared'))).toHaveLength(1);
    await removeSharedStates([other]);
    expect(await readdir(output)).toEqual([]);
  });
});
