/** Tries all engines on all that they can be told to run on, in few processes. */
import type { EnginePlugin } from '@interfuse/core';
import type { Finding } from './finding.js';
import type { TrialRequest } from './trial.js';
import type { StartTrialProcess } from './trial-process.js';
import { type Outcome, variantsOf } from './try-engine.js';

/** @param lanes processes at a time */
export async function tryAll(
  engines: readonly EnginePlugin[],
  lanes: number,
  start: StartTrialProcess,
): Promise<readonly Finding[]> {
  const trials = engines.flatMap((plugin) => variantsOf(plugin).map((variant) => ({ id: plugin.id, variant })));
  const findings: Finding[] = [];
  const waiting = [...trials.entries()];
  const workLane = async (): Promise<void> => {
    const attempt = createLane(start);
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, request] = next;
      findings[index] = { what: nameOf(request), ...(await attempt(request)) };
    }
    attempt.end();
  };
  await Promise.all(Array.from({ length: Math.min(lanes, trials.length) }, workLane));
  return findings;
}

/**
 * Starting a process takes longer than most trials, so one serves many. But native libraries get in each other's way:
 * what fails beside others is tried again by itself.
 */
function createLane(start: StartTrialProcess) {
  let process = start();
  const attempt = async (request: TrialRequest): Promise<Outcome> => {
    const outcome = await process.try(request);
    if (outcome.verdict !== 'fails') return outcome;
    const wasAlone = process.tried === 1;
    process.end();
    process = start();
    return wasAlone ? outcome : attempt(request);
  };
  return Object.assign(attempt, { end: () => process.end() });
}

function nameOf({ id, variant }: TrialRequest): string {
  return variant.provider === undefined ? `engine ${id}` : `engine ${id}, ${variant.provider}`;
}
