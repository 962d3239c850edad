/** Some steps of one run in a process of its own, as the suite executes it: prints what is measured as JSON. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '@interfuse/core';
import { median } from '@interfuse/statistics';
import { executeRun, LockedPlan, openExperiment, planRuns, type RunPlan } from 'interfuse';

export interface Measured {
  /** From the end of one step to the end of the next, as a median: a machine that others use stands still at times. */
  readonly seconds: number;
  /** The part of it in which no step was running: waiting for data above all, and whatever else lies between two steps. */
  readonly secondsOutside: number;
  /** Most resident bytes in each half, looked at after every tenth step. */
  readonly firstHalf: number;
  readonly secondHalf: number;
}

/** Not measured: programs are compiled, and buffers find their sizes. */
const warmUp = 30;

const [dataset, counted, ...overrides] = process.argv.slice(2) as [string, string, ...string[]];
const steps = Number(counted);
const configFile = join(dataset, '..', 'config.json');
const config = {
  data: { use: 'folder', options: { path: dataset }, textLength: 50 },
  languageModel: 'llama',
  encoders: { '*': { use: 'transformer', options: { steps: 8 } } },
  fusion: 'late',
  training: { batchSize: 32, accumulate: 1 },
  seeds: 1,
};
await writeFile(configFile, JSON.stringify(config));

let computing = Number.NaN;

/** The same engine, with a clock on its training steps. */
function timed(engine: Engine): Engine {
  return {
    id: engine.id,
    ...(engine.compiles === undefined ? {} : { compiles: engine.compiles }),
    describe: () => engine.describe(),
    createStore: () => engine.createStore(),
    compile(step, store) {
      const program = engine.compile(step, store);
      if (step.name !== 'train') return program;
      return {
        async run(inputs) {
          const began = performance.now();
          const outputs = await program.run(inputs);
          computing = performance.now() - began;
          return outputs;
        },
      };
    },
    dispose: () => engine.dispose(),
  };
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const experiment = await openExperiment({ workingFolder: process.cwd(), configFile, overrides }, silent);
const [run] = (await planRuns(experiment)) as [RunPlan];
const { scope } = run.strategy;
const engine = timed(await scope.engine());
const stop = new AbortController();
let ended = Number.NaN;
const times: number[] = [];
const timesOutside: number[] = [];
const resident: number[] = [];
await executeRun(
  experiment,
  { ...run, strategy: { ...run.strategy, scope: { ...scope, engine: async () => engine } } },
  await LockedPlan.lock(experiment, [run]),
  {
    signal: stop.signal,
    onProgress({ step }) {
      const now = performance.now();
      if (step > warmUp) {
        times.push((now - ended) / 1000);
        timesOutside.push((now - ended - computing) / 1000);
        if (step % 10 === 0) resident.push(process.memoryUsage.rss());
      }
      ended = now;
      if (step === warmUp + steps) stop.abort();
    },
  },
);
await scope.dispose();
const half = Math.floor(resident.length / 2);
const measured: Measured = {
  seconds: median(times),
  secondsOutside: median(timesOutside),
  firstHalf: Math.max(...resident.slice(0, half)),
  secondHalf: Math.max(...resident.slice(half)),
};
process.stdout.write(JSON.stringify(measured));
