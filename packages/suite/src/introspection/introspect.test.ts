/** `interfuse inspect` in this process, on small runs. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandIn } from '../../test/command-in-process.js';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { finishedRun, plannedRun } from '../../test/small-runs.js';
import type { RunPlan } from '../experiment/plan.js';
import { readResult } from '../run/result.js';
import { openRunData } from '../run/run-data.js';
import { changeOf, introspect } from './introspect.js';
import type { AttentionMap, Introspection } from './introspection.js';

const _silent = { debug() {}, info() {}, warn() {} };
const twoTokens = ['fusion.options.tokens=2', 'fusion.options.depth=2'];

let folder: string;
let deepmlf: RunPlan;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-inspect-'));
  const encoders = { '*': { use: 'transformer', options: { steps: 4 } } };
  await writeSmallExperiment(folder, { engine: 'onnx', seeds: 1, encoders });
  deepmlf = await finished('fusion.use=deepmlf', ...twoTokens);
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

const planned = (...overrides: string[]) => plannedRun(folder, ...overrides);

const finished = (...overrides: string[]) => finishedRun(folder, ...overrides);

/** The command in this process; `stopped` presses Ctrl-C as soon as it listens. */
const inspect = (run: string, flags: readonly string[] = [], { stopped = false } = {}) =>
  commandIn(folder, ['inspect', run, ...flags], { stopped });

const introspectionOf = async (run: RunPlan): Promise<Introspection> =>
  JSON.parse(await readFile(join(run.folder, 'introspection.json'), 'utf8'));

async function everyFile({ folder: place }: RunPlan): Promise<Record<string, string>> {
  const names = (await readdir(place, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), 'base64')]);
  return Object.fromEntries(await Promise.all(files));
}

describe('inspect', () => {
  it('of DeepMLF tells its gates by epoch and all its attention, changes no file, and gives the same bytes again', async () => {
    const before = await everyFile(deepmlf);
    const { code, out, error } = await inspect(deepmlf.folder);
    expect([code, error]).toEqual([0, '']);
    const { 'introspection.json': json, 'introspection.html': page, ...others } = await everyFile(deepmlf);
    expect(others).toEqual(before);

    const found = await introspectionOf(deepmlf);
    const result = await readResult(deepmlf.folder, deepmlf.name);
    expect(found).toMatchObject({ run: deepmlf.name, weights: result.weights, split: 'valid', whole: result.valid });
    expect(found.attention.map(({ name }) => name.split('/')[0])).toEqual([
      ...['streamAttention', 'wordAttention'],
      ...['streamAttention', 'wordAttention'],
    ]);
    const lines = (await readFile(join(deepmlf.folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const recorded = lines.map((line) => JSON.parse(line).inspect);
    expect(found.gates).toHaveLength(2);
    for (const { name, values, byEpoch } of found.gates) {
      expect(byEpoch).toEqual(recorded.map((gates) => gates[name].map((gate: number) => Number(gate.toPrecision(6)))));
      expect(byEpoch?.[found.epoch]).toEqual(values);
      expect(out).toContain(name);
    }
    expect((await inspect(deepmlf.folder)).code).toBe(0);
    expect(await everyFile(deepmlf)).toMatchObject({ 'introspection.json': json, 'introspection.html': page });
  });

  it('reads every real step and word, and no other: rows over steps sum to 1, words are those of the sample', async () => {
    expect((await inspect(deepmlf.folder, ['--sample', 'valid-2', 'valid-0'])).code).toBe(0);
    const { singles, attention } = await introspectionOf(deepmlf);
    expect(singles.map(({ id }) => id)).toEqual(['valid-2', 'valid-0']);
    const { languageModel } = deepmlf.strategy;
    for (const { id, words = [], attention: grids } of singles) {
      const sentence = id === 'valid-2' ? 'It was fine.' : 'It was good.';
      expect(words).toHaveLength(languageModel?.tokenizer.encode(sentence).length as number);
      expect(words.join('')).toBe(`<1>${sentence}`);
      for (const { name, axes } of attention) {
        const grid = grids[name] as readonly number[][];
        expect(grid).toHaveLength(2);
        const sums = grid.map((row) => row.reduce((sum, value) => sum + value, 0));
        if (axes[1] === 'word') expect(grid.map((row) => row.length)).toEqual([words.length, words.length]);
        else for (const sum of sums) expect(sum).toBeCloseTo(1, 4);
      }
    }
    // Samples have two to four steps, each of which the encoder's four reach.
    const { samples, spread } = attention[0] as AttentionMap;
    expect(samples[0]).toBe(9);
    expect(spread?.share).toBeCloseTo(1, 4);
  });

  it('never opens the test split', async () => {
    const { run } = await planned('fusion.use=deepmlf', ...twoTokens);
    const engine = await run.strategy.scope.engine();
    const data = openRunData(run, engine);
    const closed = { ...data, test: () => Promise.reject(new Error('test was opened')) };
    const found = await introspect(run, engine, closed, {
      result: await readResult(run.folder, run.name),
      signal: new AbortController().signal,
      onStage() {},
    });
    expect(found?.samples).toBe(9);
    await data.close();
    await run.strategy.scope.dispose();
  });

  it('looks no further, where that is asked for, into a strategy that shows nothing', async () => {
    const run = await finished('fusion.use=unimodal', 'fusion.options.modality=audio');
    const { run: opened } = await planned('fusion.use=unimodal', 'fusion.options.modality=audio');
    const engine = await opened.strategy.scope.engine();
    const data = openRunData(opened, engine);
    const stages: string[] = [];
    const settings = {
      result: await readResult(run.folder, run.name),
      signal: new AbortController().signal,
      onStage: (stage: string) => stages.push(stage),
    };
    expect(await introspect(opened, engine, data, { ...settings, onlyIfShown: true })).toBeUndefined();
    expect(stages).toEqual(['attention']);
    await data.close();
    await opened.strategy.scope.dispose();
  });

  it('of a single modality finds that the others contribute nothing, and says that there is nothing else to see', async () => {
    const run = await finished('fusion.use=unimodal', 'fusion.options.modality=audio');
    const { code, out } = await inspect(run.folder);
    expect(code).toBe(0);
    const { occlusion, whole } = await introspectionOf(run);
    const [text, audio, vision] = occlusion;
    expect(occlusion.map(({ modality }) => modality)).toEqual(['text', 'audio', 'vision']);
    for (const other of [text, vision]) expect(other).toMatchObject({ change: 0, figures: whole });
    expect(audio?.change).toBeGreaterThan(0);
    expect(out).toContain('unimodal shows neither gates nor attention');
  });

  it('of shallow fusion shows how each word reads each stream', async () => {
    const run = await finished('fusion.use=shallow');
    expect((await inspect(run.folder)).code).toBe(0);
    const { gates, attention } = await introspectionOf(run);
    expect(gates.map(({ name }) => name)).toEqual(['gate']);
    expect(attention.map(({ name, axes }) => [name, ...axes])).toEqual([
      ['attention/audio', 'word', 'step'],
      ['attention/vision', 'word', 'step'],
    ]);
  });

  it.each([
    ['dmpf', 4, ['streamAttention', 'wordAttention']],
    ['serin', 1, ['streamAttention', 'streamGate', 'wordAttention']],
  ])('of %s shows each of its three groups of tokens by its name', async (strategy, gateCount, perGroup) => {
    const few = ['fusion.options.streamTokens=1', 'fusion.options.jointTokens=2', 'fusion.options.after=[2]'];
    const run = await finished(`fusion.use=${strategy}`, ...few);
    const { code, error } = await inspect(run.folder);
    expect([code, error]).toEqual([0, '']);
    const { gates, attention } = await introspectionOf(run);
    expect(gates.map(({ name, values }) => [name, values.length])).toEqual([['gates/2', gateCount]]);
    expect(gates[0]?.byEpoch?.length).toBeGreaterThan(0);
    const names = attention.map(({ name }) => name);
    const groups = ['audio', 'vision', 'joint'];
    expect(names).toEqual(
      expect.arrayContaining(perGroup.flatMap((map) => groups.map((group) => `${map}/2/${group}`))),
    );
    // A row of each token, and what it reads of its encoder is all there is.
    const joint = attention.find(({ name }) => name === 'streamAttention/2/joint');
    expect(joint?.mean).toHaveLength(2);
    expect(joint?.spread?.share).toBeCloseTo(1, 4);
    if (strategy === 'serin') {
      // Tokens of audio and vision read themselves; the first joint one reads both and itself, and not the second.
      const among = attention.find(({ name }) => name === 'tokenAttention/2');
      expect(among?.mean.map((row) => row.map((value) => Number((value ?? 0) > 0)))).toEqual([
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [1, 1, 1, 0],
        [1, 1, 1, 1],
      ]);
    }
  });

  it('says so if a run has not recorded its gates', async () => {
    const run = await finished('fusion.use=shallow');
    const metrics = join(run.folder, 'metrics.jsonl');
    const lines = (await readFile(metrics, 'utf8')).trim().split('\n');
    const bare = lines.map((line) => JSON.stringify({ ...JSON.parse(line), inspect: undefined }));
    await writeFile(metrics, `${bare.join('\n')}\n`);
    const { code, out } = await inspect(run.folder);
    expect(code).toBe(0);
    expect(out).toContain('did not record its gates by epoch');
    expect((await introspectionOf(run)).gates.every(({ byEpoch }) => byEpoch === undefined)).toBe(true);
  });

  it('draws a page that loads nothing and takes no text for markup', async () => {
    await inspect(deepmlf.folder);
    const page = await readFile(join(deepmlf.folder, 'introspection.html'), 'utf8');
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|<link|<img|@import|url\(/);
    expect(page).toContain('&lt;1&gt;'); // the token that begins every text
    expect(page).not.toContain('<1>');
    // Two bars, one chart of four gates, four means, and four maps of each of three samples.
    expect(page.match(/<svg /g)).toHaveLength(2 + 1 + 4 + 3 * 4);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('inspect refuses, and writes nothing,', () => {
  it.each([
    ['an unknown sample', ['--sample', 'valid-99'], /^COMMAND_USAGE[\s\S]+valid-0[\s\S]+valid-99/],
    ['figures that are not those of the run', [], /^RUN_INVALID[\s\S]+valid\.MAE/],
    ['a damaged log', [], /^RUN_INVALID[\s\S]+metrics\.jsonl/],
  ])('%s', async (what, flags, message) => {
    const run = await finished('fusion.use=late', `seeds=${what.length}`);
    if (what.startsWith('figures')) {
      const path = join(run.folder, 'result.json');
      const result = JSON.parse(await readFile(path, 'utf8'));
      await writeFile(path, JSON.stringify({ ...result, valid: { ...result.valid, MAE: 0.5 } }));
    }
    if (what === 'a damaged log') await writeFile(join(run.folder, 'metrics.jsonl'), '{"epoch":');
    const { code, error } = await inspect(run.folder, flags);
    expect([code, error]).toEqual([2, expect.stringMatching(message)]);
    expect((await readdir(run.folder)).filter((name) => name.startsWith('introspection'))).toEqual([]);
  });

  it('a folder that is no run, and what is not there', async () => {
    expect(await inspect('data')).toMatchObject({ code: 2, error: expect.stringMatching(/^RUN_INVALID/) });
    expect(await inspect('nowhere')).toMatchObject({ code: 2, error: expect.stringMatching(/^FILE_NOT_FOUND/) });
  });

  it('to go on when it is stopped', async () => {
    const run = await finished('fusion.use=late', 'seeds=7');
    expect((await inspect(run.folder, [], { stopped: true })).code).toBe(130);
    expect((await readdir(run.folder)).filter((name) => name.startsWith('introspection'))).toEqual([]);
  });
});

describe('the change of predictions', () => {
  const classes = ['no', 'yes'];

  it('is the mean absolute change of a score', () => {
    const change = changeOf(
      { kind: 'regression', range: [-3, 3] },
      Float32Array.of(1, 2, 0),
      Float32Array.of(0, 2.5, 9),
      [0, 1],
    );
    expect(change).toBe(0.75);
  });

  it('is the share of samples that get another class, however far logits move', () => {
    const task = { kind: 'classification', classes } as const;
    const before = Float32Array.of(1, 0, 0, 1);
    expect(changeOf(task, before, Float32Array.of(9, 0, 1, 0), [0, 1])).toBe(0.5);
    expect(changeOf(task, before, before, [])).toBe(0);
  });
});
