/** `interfuse rerun`: trains a finished run again, beside it, and compares the results byte for byte. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import type { Experiment } from '../experiment/open-experiment.js';
import type { RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { executeRun } from '../run/execute-run.js';
import { openToTrainAgain } from '../run/open-run.js';
import { pathOf, readJson } from '../run/run-folder.js';
import { exitCodes } from '../show-error.js';
import { showPath } from '../show-path.js';
import { type CommandContext, terminalLogger } from './context.js';

export interface RerunOptions {
  readonly quiet: boolean;
}

/** What is determined by config and seed. */
const compared = ['result', 'predictions', 'metrics'] as const;

/** More differences than these say nothing new. */
const mostShown = 6;

/** @returns 0 if every byte is the same. @throws RUN_INVALID if the run is not finished, or naming what differs */
export async function rerun(
  path: string,
  { quiet }: RerunOptions,
  { terminal, workingFolder, signal }: CommandContext,
): Promise<number> {
  const folder = resolve(workingFolder, path);
  const { experiment, run, changed } = await openToTrainAgain(folder, terminalLogger(terminal));
  const since = changed.filter((part) => part !== 'warmStart');
  if (since.length > 0) terminal.error.write(`Changed since this run was made: ${since.join(', ')}.\n`);
  const beside = await mkdtemp(join(dirname(folder), '.rerun-'));
  try {
    const again = { ...run, folder: join(beside, run.name) };
    const status = await trainAgain({ ...experiment, outputFolder: beside }, again, {
      signal,
      say: (line) => {
        if (!quiet) terminal.error.write(line);
      },
    });
    if (status === 'interrupted') return exitCodes.interrupted;
    const differing = await differences(folder, again.folder);
    if (differing.length > 0) throw differs(folder, differing, since);
    terminal.out.write(`The same to the byte: ${compared.map((file) => showPath(pathOf(folder, file))).join(', ')}.\n`);
    return 0;
  } finally {
    await run.strategy.scope.dispose();
    await rm(beside, { recursive: true, force: true });
  }
}

async function trainAgain(
  experiment: Experiment,
  run: RunPlan,
  { signal, say }: { readonly signal: AbortSignal; say(line: string): void },
): Promise<'finished' | 'interrupted'> {
  // A plan of its own: the test split of this run has been open for long.
  const plan = await LockedPlan.lock(experiment, [run]);
  const { epochs } = run.strategy.settings;
  return executeRun(experiment, run, plan, {
    signal,
    onEpoch: ({ epoch }) => say(`${run.name}: epoch ${epoch + 1} of ${epochs}\n`),
  });
}

/** `result.json: test.MAE 0.51 rather than 0.52`; or the name of a file alone. */
async function differences(before: string, now: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of compared) {
    const [one, other] = await Promise.all([before, now].map((folder) => readFile(pathOf(folder, file))));
    if (one?.equals(other as Buffer)) continue;
    const name = showPath(pathOf(before, file));
    const [was, is] = file === 'result' ? await Promise.all([before, now].map((at) => readJson(at, file))) : [];
    const values = [...differingValues(was, is)].map((line) => `${name}: ${line}`);
    found.push(...(values.length === 0 ? [name] : values));
  }
  return found;
}

function* differingValues(was: unknown, is: unknown, path = ''): Generator<string> {
  if (!isObject(was) || !isObject(is)) {
    if (JSON.stringify(was) !== JSON.stringify(is))
      yield `${path} ${JSON.stringify(is)} rather than ${JSON.stringify(was)}`;
    return;
  }
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
    yield* differingValues(was[key], is[key], path === '' ? key : `${path}.${key}`);
  }
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}

function differs(folder: string, differing: readonly string[], changed: readonly string[]): InterfuseError {
  const shown = differing.slice(0, mostShown);
  const more = differing.length > shown.length ? [`and ${differing.length - shown.length} more`] : [];
  return new InterfuseError('RUN_INVALID', {
    place: showPath(folder),
    expected: 'the same bytes when it is trained again',
    got: [...shown, ...more].join('; '),
    remedy:
      changed.length === 0
        ? 'Nothing that names the run has changed: it was made on another machine or with other versions (see manifest.json), or a plugin is not deterministic.'
        : `It was made with another ${changed.join(', ')}: go back to that, or run the comparison anew.`,
  });
}
