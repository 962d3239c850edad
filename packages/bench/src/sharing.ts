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
import { type Figure, waves } from './measure.js';

export interface SharingSize {
  readonly width: number;
  readonly layers: number;
  readonly epochs: number;
  readonly seeds: readonly number[];
}

/** Strategies that read what the last block puts out. */
const strategies = [{ use: 'unimodal', options: { modality: 'text' } }, 'late'];

interface Spent {
  readonly seconds: number;
  /** Of all cores: what a machine that others use does not stretch. */
  readonly cpuSeconds: number;
  readonly results: readonly string[];
}

/** @throws Error if the runs do not come to the same bytes */
export async function benchmarkSharing(report: (figure: Figure) => void, size: SharingSize): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-sharing-'));
  try {
    const configFile = await writeExperiment(folder, size);
    const alone = await spend(configFile, 'alone', async (output) => rm(join(output, '.shared'), { recursive: true }));
    const together = await spend(configFile, 'together', async () => undefined);
    if (alone.results.join() !== together.results.join()) throw new Error('Sharing has changed the results.');
    const model = `GPT-2 of ${size.layers} blocks of ${size.width}, ${alone.results.length} runs`;
    report({
      what: 'sharing: CPU time one by one over shared',
      figure: alone.cpuSeconds / together.cpuSeconds,
      unit: `times (${model}; the same results)`,
    });
    report({ what: '  wall time', figure: alone.seconds / together.seconds, unit: 'times' });
    report({
      what: '  CPU time, shared',
      figure: together.cpuSeconds,
      unit: `s (${alone.cpuSeconds.toFixed(1)} s alone)`,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeExperiment(folder: string, { width, layers, epochs, seeds }: SharingSize): Promise<string> {
  const model = join(folder, 'model');
  await cp(checkpointFolder('prose1m', resolve), model, {
    recursive: true,
    filter: (path) => !path.endsWith('.safetensors'),
  });
  const file = join(model, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as Gpt2Config;
  const larger = { ...config, n_embd: width, n_layer: layers, n_head: width / 32 };
  await writeFile(file, JSON.stringify(larger));
  await writeSafetensors(join(model, 'model.safetensors'), weightsOf(larger));
  const configFile = join(folder, 'config.json');
  const experiment = {
    data: { use: 'sentences', textLength: 48 },
    languageModel: { use: 'gpt2', options: { checkpoint: model } },
    encoders: { '*': 'mean' },
    fusion: strategies,
    training: { epochs },
    seeds,
  };
  await writeFile(configFile, JSON.stringify(experiment));
  return configFile;
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
