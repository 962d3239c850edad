/** DeepMLF on a large language model in a process of its own, whose memory is then that of one precision: prints JSON. */
import { readFile } from 'node:fs/promises';
import { trainingDefaults } from '@interfuse/core';
import { onnx } from '@interfuse/engine-onnx';
import { loadLanguageModel, type ModelPrecision } from '@interfuse/lm-adapters';
import { evaluateStep, modelLeaves, trainingLeaves, trainStep } from '@interfuse/training/loop';
import { buildDeepmlf, inputsOf } from './deepmlf-step.js';
import { measure, median } from './measure.js';

export interface LlmMeasured {
  /** Opening the model, and converting its weights where that is to be done. */
  readonly loadSeconds: number;
  /** One forward pass, compiled and with its weights in memory. */
  readonly seconds: number;
  /** Of all cores together, for one forward pass: what a machine that others use does not stretch. */
  readonly cpuSeconds: number;
  /** One step of training, if any. */
  readonly trainSeconds?: number;
  /** Most bytes that were resident, mapped pages of files included. */
  readonly peak: number;
  /** Of the bytes that are resident at the end, those that no file backs. */
  readonly allocated: number;
}

const batch = 4;

const [folder, precision, work] = process.argv.slice(2) as [string, ModelPrecision, 'evaluate' | 'train'];
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const engine = await (await onnx.load())({ threads: 0, provider: 'cpu' }, { logger });

const began = performance.now();
const languageModel = await loadLanguageModel(folder, { precision });
const { layers, vocabulary } = languageModel.config;
// The places of the recipe for MOSEI in a model of twelve blocks, at the same depths.
const after = [3, 5, 7, 8, 9, 10, 11].map((block) => Math.ceil(((block + 1) * layers) / 12) - 1);
const module = await buildDeepmlf(languageModel, 0, { after: [...new Set(after)], feedForward: 'lora' });
const settings = { ...trainingDefaults, ...module.recipe };
const task = { kind: 'regression', range: [-3, 3] } as const;
const store = engine.createStore();
await store.allocate(work === 'train' ? trainingLeaves(module, settings) : modelLeaves(module), 1);
const loadSeconds = (performance.now() - began) / 1000;

const inputs = inputsOf(0, batch, vocabulary);
let trainSeconds: number | undefined;
if (work === 'train') {
  const train = engine.compile(trainStep({ module, task, seed: 1, settings }), store);
  trainSeconds = median((await measure(() => train.run(inputs), 1, 2)).warm);
}
const evaluate = engine.compile(evaluateStep({ module, seed: 1 }), store);
await evaluate.run(inputs);
const repetitions = 3;
const before = process.cpuUsage();
const { warm } = await measure(() => evaluate.run(inputs), 0, repetitions);
const used = process.cpuUsage(before);

const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
const kilobytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
const measured: LlmMeasured = {
  loadSeconds,
  seconds: median(warm),
  cpuSeconds: (used.user + used.system) / 1e6 / repetitions,
  ...(trainSeconds === undefined ? {} : { trainSeconds }),
  peak: 1024 * (kilobytes('VmHWM') || process.resourceUsage().maxRSS),
  allocated: 1024 * kilobytes('RssAnon'),
};
await engine.dispose();
process.stdout.write(JSON.stringify(measured));
