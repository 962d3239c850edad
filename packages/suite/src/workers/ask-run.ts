/** Asks a finished run what a report wants to know beside its result. */
import type { Engine } from '@interfuse/core';
import { writeEmap } from '../emap/write-emap.js';
import type { RunPlan } from '../experiment/plan.js';
import { writeIntrospection } from '../introspection/write-introspection.js';
import { type RunResult, readResult } from '../run/result.js';
import { openRunData, type RunData } from '../run/run-data.js';
import { writeFixedPatterns } from '../run/write-fixed-patterns.js';
import { unanswered, writeAnswered } from './answered.js';
import { asFailure } from './as-failure.js';
import type { Question } from './messages.js';

export interface Asking {
  readonly signal: AbortSignal;
  warn(message: string): void;
}

/** The run is finished: what goes wrong here is no failure of it. A question that failed is asked again another time. */
export async function askRun(run: RunPlan, questions: readonly Question[], { signal, warn }: Asking): Promise<void> {
  const open = await unanswered(run.folder, questions);
  if (open.length === 0) return;
  const engine = await run.strategy.scope.engine();
  const data = openRunData(run, engine, { signal });
  try {
    const result = await readResult(run.folder, run.name);
    for (const question of open) {
      if (signal.aborted) return;
      try {
        await answers[question](run, engine, data, { result, signal });
        await writeAnswered(run.folder, question);
      } catch (error) {
        if (!signal.aborted) warn(`${untold[question]}: ${asFailure(error).message}`);
      }
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
