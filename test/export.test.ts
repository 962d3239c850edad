/** Exported models: whatever the strategy and its backbone, plain ONNX Runtime predicts what the run has predicted. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { HostTensor } from '@interfuse/core';
import { createBatchSource } from '@interfuse/training/loop';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openExperiment } from '../packages/suite/src/experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../packages/suite/src/experiment/plan.js';
import { LockedPlan } from '../packages/suite/src/experiment/plan-lock.js';
import { exportRun } from '../packages/suite/src/export/export-run.js';
import { main } from '../packages/suite/src/main.js';
import { executeRun } from '../packages/suite/src/run/execute-run.js';
import { openFinishedRun } from '../packages/suite/src/run/open-run.js';
import { writeSmallExperiment } from '../packages/suite/test/small-experiment.js';
import { type Ended, startInterfuse } from './support/interfuse.js';

const examples = fileURLToPath(new URL('../examples', import.meta.url));
const silent = { debug() {}, info() {}, warn() {} };
const tolerance = 1e-5;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-export-'));
  await writeFile(join(folder, 'odd.mjs'), oddPlugin);
  await writeSmallExperiment(folder, {
    plugins: [join(examples, 'custom-fusion/src/index.ts'), './odd.mjs'],
    training: { epochs: 1, batchSize: 8 },
    seeds: [1],
  });
});
afterAll(() => rm(folder, { recursive: true }));

const at = (...path: string[]) => join(folder, ...path);

/** Trains a strategy, unless this run is finished. */
async function finished(fusion: string, languageModel: string, ...more: string[]): Promise<RunPlan> {
  const overrides = [`fusion=${fusion}`, `languageModel=${languageModel}`, ...more];
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, silent);
  const [run] = (await planRuns(experiment)) as [RunPlan];
  try {
    expect(await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).toBe('finished');
  } finally {
    await run.strategy.scope.dispose();
  }
  return run;
}

async function exported(run: RunPlan, name: string): Promise<Awaited<ReturnType<typeof exportRun>>> {
  const { signal } = new AbortController();
  return exportRun(await openFinishedRun(run.folder, silent), at(name), { replace: false, signal, onStage() {} });
}

/** The command line in this process. */
async function interfuse(...args: string[]): Promise<Ended> {
  const written = { out: '', error: '' };
  const into = (stream: keyof typeof written) => ({
    write(text: string) {
      written[stream] += text;
    },
  });
  const process = { stdout: into('out'), stderr: into('error'), env: {}, cwd: () => folder, on() {}, off() {} };
  return { code: await main(args, process), ...written };
}

/** What the run itself has written down: predictions for validation, by id. */
async function writtenDown({ folder: runFolder }: RunPlan): Promise<Map<string, number>> {
  const lines = (await readFile(join(runFolder, 'predictions.csv'), 'utf8')).split('\n').map((line) => line.split(','));
  return new Map(lines.flatMap(([split, id, , , value]) => (split === 'valid' ? [[id as string, Number(value)]] : [])));
}

/** The largest difference between the file, in batches of these sizes, and what the run has written down. */
async function largestDifference(run: RunPlan, file: string, sizes: readonly number[]): Promise<number> {
  const { dataset, languageModel, plugin } = run.strategy;
  const { streams } = dataset.spec;
  const { textLength } = run.identity.data;
  const tokenizer = languageModel?.tokenizer as NonNullable<typeof languageModel>['tokenizer'];
  const split = await dataset.open('valid');
  const session = await InferenceSession.create(file);
  try {
    const wordTimes = plugin.requires.wordTimes !== undefined;
    const source = createBatchSource({ split, streams, tokenizer, textLength, padding: 'fixed', wordTimes });
    const expected = await writtenDown(run);
    let largest = 0;
    for (const size of sizes) {
      for (let first = 0; first + size <= source.size; first += size) {
        const batch = await source.batch(Array.from({ length: size }, (_, i) => first + i));
        const feeds = session.inputNames.map((name): [string, Tensor] => {
          const { type, data, shape } = batch[name] as HostTensor;
          return [name, new Tensor(type, data, shape)];
        });
        const { prediction } = await session.run(Object.fromEntries(feeds));
        const values = (prediction as Tensor).data as Float32Array;
        expect(values).toHaveLength(size);
        for (const [i, value] of values.entries()) {
          const wanted = expected.get(split.samples[first + i]?.id as string) as number;
          largest = Math.max(largest, Math.abs(value - wanted));
        }
      }
    }
    return largest;
  } finally {
    await session.release();
    await split.close();
  }
}

const text = '{ use: unimodal, options: { modality: text } }';
const gpt2 = '{ use: gpt2, options: { checkpoint: prose1m } }';
const mag = '{ use: mag, options: { times: approximate } }';
const strategies = ['early', 'late', 'shallow', 'deepmlf', mag, '"@example/gated-unit"', text];

describe('plain ONNX Runtime predicts what the run predicted, in batches of 1, 2, 5 and 9', () => {
  const models = [
    ['llama', 'llama'],
    ['gpt2', gpt2],
  ] as const;
  const mult = '{ use: mult, options: { width: 8, heads: 2, layers: 1, memoryLayers: 1 } }';
  const cases = [
    ...models.flatMap(([name, model]) => strategies.map((strategy) => [strategy, name, model] as const)),
    ...[mult, 'almt', 'mbt'].map((strategy) => [strategy, 'llama', 'llama'] as const),
  ];

  it.each(cases)('%s on %s', async (strategy, _, model) => {
    const run = await finished(strategy, model);
    const { agreement } = await exported(run, `${run.name}.onnx`);
    expect(agreement).toMatchObject({ sizes: [1, 3] });
    expect(await largestDifference(run, at(`${run.name}.onnx`), [1, 2, 5, 9])).toBeLessThan(tolerance);
  });
});

describe('interfuse export', () => {
  let run: RunPlan;
  beforeAll(async () => {
    run = await finished('late', 'llama');
  });
  const listed = async () => (await readdir(folder)).filter((name) => name.includes('onnx')).sort();

  it('prints what the file reads, and the example runs it without Interfuse', async () => {
    const { code, out, error } = await interfuse('export', run.folder, 'late.onnx');
    expect([code, error]).toEqual([0, expect.stringMatching(/tracing\n.*writing\n.*checking\n$/)]);
    expect(out).toMatch(/^input +streams\/audio\/values +float32 +\[batch, 4, 4\]$/m);
    expect(out).toMatch(/^output +prediction +float32 +\[batch, 1\]$/m);
    expect(out).not.toMatch(/labels|rows|epoch|prefix/);
    expect(out).toMatch(/^late\.onnx: 1\.\d MB; \d+ nodes/m);

    const example = (...args: string[]) =>
      promisify(execFile)(process.execPath, [join(examples, 'run-exported-model/predict.mjs'), ...args]);
    const { stdout: description } = await example(at('late.onnx'));
    expect(description).toMatch(/^Late fusion \(late 0\.1\.0\), trained on small\npredicts from -3 to 3\n/);
    expect(description).toContain('tokenises It was good. as 1 359 413 286 298 347 418 426');

    const split = await run.strategy.dataset.open('valid');
    const samples = await Promise.all(
      split.samples.map(async (sample, row) => ({
        id: sample.id,
        tokens: run.strategy.languageModel?.tokenizer.encode(sample.text as string),
        streams: { audio: await steps('audio', row), vision: await steps('vision', row) },
      })),
    );
    await split.close();
    await writeFile(at('samples.json'), JSON.stringify(samples));
    const { stdout } = await example(at('late.onnx'), at('samples.json'));
    const predicted = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; prediction: [number] });
    const expected = await writtenDown(run);
    expect(predicted.map(({ id }) => id)).toEqual([...expected.keys()]);
    for (const { id, prediction } of predicted) {
      expect(Math.abs(prediction[0] - (expected.get(id) as number))).toBeLessThan(tolerance);
    }

    async function steps(stream: string, row: number): Promise<number[][]> {
      const { values, lengths } = await split.read(stream, [row]);
      const width = values.length / (lengths[0] as number);
      return Array.from({ length: lengths[0] as number }, (_, i) => [...values.subarray(i * width, (i + 1) * width)]);
    }
  });

  it('takes streams as the run transformed them, and says what by', async () => {
    const run = await finished('late', 'llama', 'data.transforms={"*": [{standardise: true}, {pool: 3}]}');
    const { model } = await exported(run, 'transformed.onnx');
    expect(model.inputs.find(({ name }) => name === 'streams/audio/values')).toMatchObject({
      shape: ['batch', 3, 4],
      meaning: expect.stringContaining('interfuse.transforms'),
    });
    expect(await largestDifference(run, at('transformed.onnx'), [1, 5])).toBeLessThan(tolerance);
    const written = await readFile(at('transformed.onnx'), 'latin1');
    const fitted = await run.strategy.dataset.standardisation?.statistics();
    const mean = JSON.stringify([...(fitted?.['audio/0']?.mean ?? [])]);
    expect(written).toContain(`"audio/0":{"mean":${mean},`);
  });

  it('is given samples of the bundled dataset by the example', async () => {
    const experiment = await openExperiment({ workingFolder: folder, overrides: ['fusion.use=late'] }, silent);
    const [{ strategy }] = (await planRuns(experiment)) as [RunPlan];
    const split = await strategy.dataset.open('valid');
    const samples = JSON.parse(await readFile(join(examples, 'run-exported-model/samples.json'), 'utf8')) as {
      id: string;
      text: string;
      tokens: number[];
      streams: Record<string, number[][]>;
    }[];
    expect(samples).toHaveLength(2);
    for (const { id, text: written, tokens, streams } of samples) {
      const row = split.samples.findIndex((sample) => sample.id === id);
      expect(split.samples[row]?.text).toBe(written);
      expect(strategy.languageModel?.tokenizer.encode(written)).toEqual(tokens);
      for (const [stream, steps] of Object.entries(streams)) {
        const { values } = await split.read(stream, [row]);
        // Rounded to three digits.
        const differences = steps.flat().map((value, i) => Math.abs(value - (values[i] as number)));
        expect(differences).toHaveLength(values.length);
        expect(Math.max(...differences)).toBeLessThan(0.001);
      }
    }
    await split.close();
  });

  it('leaves a file that is there alone, unless it is told to replace it', async () => {
    await writeFile(at('there.onnx'), 'mine');
    const refused = await interfuse('export', run.folder, 'there.onnx');
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.error).toMatch(/FILE_EXISTS[\s\S]*--force/);
    expect(await readFile(at('there.onnx'), 'utf8')).toBe('mine');
    const replaced = await interfuse('export', run.folder, 'there.onnx', '--force', '--batch', '2');
    expect(replaced).toMatchObject({ code: 0, out: expect.stringMatching(/prediction +float32 +\[2, 1\]/) });
    expect((await stat(at('there.onnx'))).size).toBeGreaterThan(1e6);
  });

  it('takes away the weights of the model that it replaces, and no others', async () => {
    await writeFile(at('smaller.onnx.data'), 'weights of nobody here');
    expect(await interfuse('export', run.folder, 'smaller.onnx', '--force')).toMatchObject({ code: 0 });
    expect(await listed()).toContain('smaller.onnx.data');
    expect(await interfuse('export', run.folder, 'smaller.onnx', '--force')).toMatchObject({ code: 0 });
    expect((await listed()).filter((name) => name.startsWith('smaller'))).toEqual(['smaller.onnx']);
  });

  it.each([
    ['nowhere', 'model.onnx', /^FILE_NOT_FOUND/],
    ['data', 'model.onnx', /^RUN_INVALID/],
    ['unfinished', 'model.onnx', /^RUN_INVALID[\s\S]*a run that is not finished/],
    ['RUN', 'nowhere/model.onnx', /FILE_NOT_FOUND[\s\S]*nowhere/],
    ['RUN', 'config.json/model.onnx', /FILE_NOT_WRITTEN/],
    ['RUN', 'data', /FILE_EXISTS[\s\S]*a folder/],
  ])('of %s to %s is refused', async (from, to, expected) => {
    await writeUnfinished();
    const before = await listed();
    const { code, out, error } = await interfuse('export', from === 'RUN' ? run.folder : from, to);
    expect([code, out, error]).toEqual([2, '', expect.stringMatching(expected)]);
    expect(await listed()).toEqual(before);
  });

  async function writeUnfinished(): Promise<void> {
    if (existsSync(at('unfinished'))) return;
    await cp(run.folder, at('unfinished'), { recursive: true });
    await rm(at('unfinished', 'result.json'));
  }

  it('leaves nothing behind when Ctrl-C is pressed', async () => {
    const before = await listed();
    const started = startInterfuse(['export', run.folder, 'stopped.onnx'], folder);
    started.process.stderr?.once('data', () => started.process.kill('SIGINT'));
    expect((await started.end).code).toBe(130);
    expect(await listed()).toEqual(before);
  });

  it('leaves no file if the model predicts something else than the run', async () => {
    const odd = await finished('{ use: odd, options: { by: value } }', 'llama');
    const before = await listed();
    await expect(exported(odd, 'odd.onnx')).rejects.toMatchObject({ code: 'EXPORT_DIFFERS' });
    expect(await listed()).toEqual(before);
  });

  it('names what depends on the size of the batch, and writes the model for one size', async () => {
    const odd = await finished('{ use: odd, options: { by: operation } }', 'llama');
    const failed = await interfuse('export', odd.folder, 'odd.onnx');
    expect([failed.code, failed.error]).toEqual([
      2,
      expect.stringMatching(/EXPORT_BATCH[\s\S]*operation Neg[\s\S]*--batch/),
    ]);
    expect(await interfuse('export', odd.folder, 'odd.onnx', '--batch', '4')).toMatchObject({ code: 0 });
  });
});

/** A strategy that does something else in batches of 18 and more: by another value, or by another operation. */
const oddPlugin = `
export const plugins = [{
  kind: 'fusion', id: 'odd', version: '1.0.0', apiVersion: 1, title: 'Odd', summary: 'Looks at the size of the batch.',
  category: 'early', requires: {}, missing: 'zeros', padding: 'fixed',
  options: { type: 'object', additionalProperties: false, properties: { by: { type: 'string', description: 'what' } } },
  load: async () => ({ by }) => ({
    parameters: { scale: { shape: [1], start: { kind: 'constant', value: 1 }, train: true } },
    state: {},
    forward({ scale }, state, batch) {
      const mean = batch.streams.audio.values.mean([1, 2]).expandDims(1).mul(scale);
      const few = batch.rows.shape[0] < (by === 'value' ? 17 : 18);
      const prediction = by === 'value' ? mean.mul(few ? 1 : 2) : few ? mean.neg() : mean.abs();
      return { output: { prediction }, state };
    },
  }),
}];
`;
