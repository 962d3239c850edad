/**
 * What it saves that the runs of a comparison share what a frozen language model makes of the texts: the same runs one by
 * one, each computing it for itself, and together. The model is a GPT-2 of made-up weights, which computes as any other.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkpointFolder } from '@interfuse/lm-adapters';
import { writeSafetensors } from '@interfuse/safetensors';
import { executeRun, LockedPlan, openExperiment, planRuns, type RunPlan } from 'interfuse';
import { type Figure, median, waves } from './measure.js';

export interface SharingSize {
  readonly width: number;
  readonly layers: number;
  readonly epochs: number;
  readonly seeds: readonly number[];
  /** Times that everything is measured, alone and together in turn. */
  readonly repeats: number;
}

/** Strategies, by what they leave of the language model as it is. */
const groups = [
  { what: 'reading its output', fusion: [{ use: 'unimodal', options: { modality: 'text' } }, 'late'] },
  { what: 'acting in its upper half', fusion: ['deepmlf'] },
  { what: 'acting after its last block', fusion: [{ use: 'deepmlf', options: { depth: 1 } }] },
  { what: 'acting before its first block', fusion: ['early'] },
] as const;

interface Spent {
  readonly seconds: number;
  /** Of all cores: what a machine that others use does not stretch. */
  readonly cpuSeconds: number;
  readonly results: readonly string[];
}

interface Compared {
  readonly alone: Spent;
  readonly together: Spent;
}

/** @throws Error if the runs do not come to the same bytes */
export async function benchmarkSharing(report: (figure: Figure) => void, size: SharingSize): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-sharing-'));
  try {
    const model = join(folder, 'model');
    await writeModel(model, size);
    report({
      what: `sharing: GPT-2 of ${size.layers} blocks of ${size.width}`,
      figure: size.epochs,
      unit: 'epochs a run',
    });
    for (const [index, { what, fusion }] of groups.entries()) {
      const configFile = join(folder, `${index}.json`);
      await writeFile(configFile, JSON.stringify(experimentOf(fusion, model, size)));
      const compared: Compared[] = [];
      for (let repeat = 0; repeat < size.repeats; repeat += 1) compared.push(await compare(configFile, index, repeat));
      reportGroup(report, `${what} (${fusion.map(nameOf).join(', ')})`, compared);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whoever comes first takes turns, since the machine may be getting slower or faster. */
async function compare(configFile: string, group: number, repeat: number): Promise<Compared> {
  const kinds = repeat % 2 === 0 ? (['alone', 'together'] as const) : (['together', 'alone'] as const);
  const spent: Partial<Record<(typeof kinds)[number], Spent>> = {};
  for (const kind of kinds) {
    const forget = (output: string) => rm(join(output, '.shared'), { recursive: true, force: true });
    spent[kind] = await spend(
      configFile,
      `${kind}-${group}-${repeat}`,
      kind === 'alone' ? forget : async () => undefined,
    );
  }
  const { alone, together } = spent as Compared;
  if (alone.results.join() !== together.results.join()) throw new Error('Sharing has changed the results.');
  return { alone, together };
}

function reportGroup(report: (figure: Figure) => void, what: string, compared: readonly Compared[]): void {
  const ratios = (of: (spent: Spent) => number) => compared.map(({ alone, together }) => of(alone) / of(together));
  const range = (values: readonly number[]) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  const cpu = ratios(({ cpuSeconds }) => cpuSeconds);
  const wall = ratios(({ seconds }) => seconds);
  const runs = compared[0]?.alone.results.length ?? 0;
  report({ what, figure: median(cpu), unit: `times less CPU time (${range(cpu)}; ${runs} runs, the same results)` });
  report({ what: '  wall time', figure: median(wall), unit: `times (${range(wall)})` });
  // Of R runs all but one save what is shared.
  const shares = compared.map(
    ({ alone, together }) => ((alone.cpuSeconds - together.cpuSeconds) * runs) / (runs - 1) / alone.cpuSeconds,
  );
  const share = median(shares);
  report({
    what: '  what is shared, of a run',
    figure: 100 * share,
    unit: `% (${compared.map(({ alone, together }) => `${alone.cpuSeconds.toFixed(1)} s alone, ${together.cpuSeconds.toFixed(1)} s shared`).join('; ')})`,
  });
  report({
    what: '  most that sharing could give',
    figure: 1 / (1 - Math.max(share, 0)),
    unit: 'times, with any number of runs',
  });
}

function nameOf(slot: string | { readonly use: string; readonly options: object }): string {
  return typeof slot === 'string' ? slot : `${slot.use} ${Object.entries(slot.options).flat().join(' ')}`;
}

function experimentOf(fusion: unknown, checkpoint: string, { epochs, seeds }: SharingSize): object {
  return {
    data: { use: 'sentences', textLength: 48 },
    languageModel: { use: 'gpt2', options: { checkpoint } },
    encoders: { '*': 'mean' },
    fusion,
    training: { epochs },
    seeds,
  };
}

async function writeModel(model: string, { width, layers }: SharingSize): Promise<void> {
  await cp(checkpointFolder('prose1m', resolve), model, {
    recursive: true,
    filter: (path) => !path.endsWith('.safetensors'),
  });
  const file = join(model, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as Gpt2Config;
  const larger = { ...config, n_embd: width, n_layer: layers, n_head: width / 32 };
  await writeFile(file, JSON.stringify(larger));
  await writeSafetensors(join(model, 'model.safetensors'), weightsOf(larger));
}

/** What the shapes of its weights follow from. */
interface Gpt2Config {
  readonly n_embd: number;
  readonly n_layer: number;
  readonly n_positions: number;
  readonly vocab_size: number;
}

/** As the files of GPT-2 name them. States of weights that a run draws itself depend on the strategy, and are not shared. */
function weightsOf({ n_embd: width, n_layer: layers, n_positions: positions, vocab_size: words }: Gpt2Config) {
  const matrix = (rows: number, columns: number) => {
    const { data } = waves([rows, columns]);
    return { shape: [rows, columns], data: Float32Array.from(data, (value) => 0.05 * value) };
  };
  const filled = (size: number, value: number) => ({ shape: [size], data: new Float32Array(size).fill(value) });
  const norm = (name: string) => ({ [`${name}.weight`]: filled(width, 1), [`${name}.bias`]: filled(width, 0) });
  const dense = (name: string, from: number, to: number) => ({
    [`${name}.weight`]: matrix(from, to),
    [`${name}.bias`]: filled(to, 0),
  });
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const block = `transformer.h.${layer}`;
    return {
      ...norm(`${block}.ln_1`),
      ...dense(`${block}.attn.c_attn`, width, 3 * width),
      ...dense(`${block}.attn.c_proj`, width, width),
      ...norm(`${block}.ln_2`),
      ...dense(`${block}.mlp.c_fc`, width, 4 * width),
      ...dense(`${block}.mlp.c_proj`, 4 * width, width),
    };
  });
  return {
    'transformer.wte.weight': matrix(words, width),
    'transformer.wpe.weight': matrix(positions, width),
    ...norm('transformer.ln_f'),
    ...Object.assign({}, ...blocks),
  };
}

/** Executes every run as a worker does, with an engine of its own. */
async function spend(configFile: string, output: string, between: (output: string) => Promise<void>): Promise<Spent> {
  const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const request = { workingFolder: process.cwd(), configFile, overrides: [`output=${output}`] };
  const open = async () => {
    const experiment = await openExperiment(request, logger);
    return { experiment, runs: await planRuns(experiment) };
  };
  const { runs: planned } = await open();
  const results: string[] = [];
  let seconds = 0;
  let cpuSeconds = 0;
  for (const { name } of planned) {
    const { experiment, runs } = await open();
    const run = runs.find((each) => each.name === name) as RunPlan;
    const plan = await LockedPlan.lock(experiment, runs);
    const [began, before] = [performance.now(), process.cpuUsage()];
    await executeRun(experiment, run, plan);
    const used = process.cpuUsage(before);
    seconds += (performance.now() - began) / 1000;
    cpuSeconds += (used.user + used.system) / 1e6;
    for (const { strategy } of runs) await strategy.scope.dispose();
    results.push(await readFile(join(run.folder, 'result.json'), 'utf8'));
    await between(experiment.outputFolder);
  }
  return { seconds, cpuSeconds, results };
}
