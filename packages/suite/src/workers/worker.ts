/** Entry of a worker process: executes one run, reports, and stops between two steps when it is told to. */
import { type Engine, InterfuseError, isInterfuseError, type Logger } from '@interfuse/core';
import { writeEmap } from '../emap/write-emap.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns, planStage, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { writeIntrospection } from '../introspection/write-introspection.js';
import { executeRun, executeTrial, type RunHooks } from '../run/execute-run.js';
import { type RunResult, readResult } from '../run/result.js';
import { openRunData, type RunData } from '../run/run-data.js';
import { writeFixedPatterns } from '../run/write-fixed-patterns.js';
import type { Failure, FromWorker, Question, RunRequest, ToWorker, WorkerEnd } from './messages.js';

/** Progress is for the eyes: more often than this it is not told. */
const progressMilliseconds = 100;

const stop = new AbortController();

// Ctrl-C reaches every process of the terminal; the command decides, and tells the workers.
process.on('SIGINT', () => {});
process.on('disconnect', () => stop.abort());
process.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') stop.abort();
  else void work(message.request);
});

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

async function work(request: RunRequest): Promise<void> {
  try {
    tell(await execute(request));
  } catch (error) {
    tell({ kind: 'failed', failure: asFailure(error) });
  }
  // Without the channel nothing keeps this process; what it has said is delivered first.
  if (process.connected) process.disconnect();
}

async function execute(request: RunRequest): Promise<WorkerEnd> {
  const warn = (message: string) => tell({ kind: 'warning', message });
  const logger: Logger = { debug() {}, info() {}, warn };
  const experiment = await openExperiment(request.experiment, logger);
  const { choice, stage } = request;
  const runs = stage === undefined ? await planRuns(experiment, choice) : await planStage(experiment, stage, choice);
  const run = findRun(request, runs);
  const { select } = experiment.config.evaluation;
  let told = 0;
  try {
    const hooks: RunHooks = {
      signal: stop.signal,
      onProgress(progress) {
        const now = performance.now();
        if (now - told < progressMilliseconds && progress.step < progress.steps) return;
        told = now;
        tell({ kind: 'progress', progress });
      },
      onWait: () => warn('Another process is working on this run: its result is waited for.'),
      onEpoch: ({ epoch, valid }) => tell({ kind: 'epoch', epoch, figure: valid[select] ?? null }),
    };
    const status = await (request.plan === undefined
      ? executeTrial(experiment, run, hooks)
      : executeRun(experiment, run, await LockedPlan.open(request.plan), hooks));
    const costs = (await run.strategy.scope.engine()).costs?.();
    if (status === 'finished') await ask(run, request.asks ?? [], warn);
    return { kind: 'end', status, ...(costs === undefined ? {} : { compileSeconds: costs.compileSeconds }) };
  } finally {
    await run.strategy.scope.dispose();
  }
}

/** What a report wants to know beside the result. The run is finished: what goes wrong here is no failure of it. */
async function ask(run: RunPlan, questions: readonly Question[], warn: (message: string) => void): Promise<void> {
  if (questions.length === 0) return;
  const engine = await run.strategy.scope.engine();
  const { signal } = stop;
  const data = openRunData(run, engine, { signal });
  try {
    const result = await readResult(run.folder, run.name);
    for (const question of questions) {
      if (signal.aborted) return;
      await answers[question](run, engine, data, { result, signal }).catch((error: unknown) => {
        if (!signal.aborted) warn(`${untold[question]}: ${asFailure(error).message}`);
      });
    }
  } finally {
    await data.close();
  }
}

const untold: { readonly [Q in Question]: string } = {
  inside: 'What goes on inside is not in the report',
  missing: 'What it predicts with modalities missing is not in the report',
  emap: 'Whether its gain is cross-modal is not in the report',
};

type Answer = (
  run: RunPlan,
  engine: Engine,
  data: RunData,
  asked: { readonly result: RunResult; readonly signal: AbortSignal },
) => Promise<unknown>;

const answers: { readonly [Q in Question]: Answer } = {
  inside: (run, engine, data, asked) =>
    writeIntrospection(run, engine, data, { ...asked, changed: [], onStage() {}, onlyIfShown: true }),
  missing: writeFixedPatterns,
  emap: writeEmap,
};

function findRun({ seed, name }: RunRequest, runs: readonly RunPlan[]): RunPlan {
  const run = runs.find((candidate) => candidate.seed === seed);
  if (run?.name === name) return run;
  throw new InterfuseError('RUN_INVALID', {
    place: name,
    expected: 'the run that was planned',
    got: run === undefined ? 'none' : run.name,
    remedy: 'Config, data or code have changed while the comparison was going on: run the same command again.',
  });
}

function asFailure(error: unknown): Failure {
  if (isInterfuseError(error)) return { code: error.code, message: error.message };
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}
