/** What of the runs of a command is still to be done. */
import { traitsOf } from '../comparison/traits.js';
import type { RunPlan } from '../experiment/plan.js';
import { stagesOf } from '../experiment/stages-of.js';
import { readResult } from '../run/result.js';
import { has } from '../run/run-folder.js';
import { unanswered } from '../workers/answered.js';
import type { Question } from '../workers/messages.js';

export interface OpenWork {
  /** The stages that runs need, and then the runs themselves. */
  readonly runs: readonly RunPlan[];
  readonly stages: readonly RunPlan[];
  /** Those that are not finished, or have questions to answer, in the order in which they should start. */
  readonly open: readonly RunPlan[];
  /** How many have a result. */
  readonly finished: number;
  /** What runs are asked when they are finished, by name. */
  readonly questions: ReadonlyMap<string, readonly Question[]>;
}

/** @throws RUN_INVALID if a finished run is damaged */
export async function findOpenWork(wanted: readonly RunPlan[], asks: readonly Question[]): Promise<OpenWork> {
  const stages = stagesOf(wanted);
  const runs = [...stages, ...wanted];
  // Of all seeds it would take a good part of the time of a small comparison.
  const asked = wanted.filter(({ seed }) => seed === wanted[0]?.seed);
  const questions = new Map(asked.map(({ name, strategy }) => [name, meaningful(asks, strategy)]));
  const open: RunPlan[] = [];
  let finished = 0;
  for (const run of runs) {
    const isFinished = has(run.folder, 'result');
    if (isFinished) await readResult(run.folder, run.name);
    finished += Number(isFinished);
    if (!isFinished || (await unanswered(run.folder, questions.get(run.name) ?? [])).length > 0) open.push(run);
  }
  // Stages come first, for others wait for them, and then what trains most: the runs that end last are then short ones,
  // and no core waits long.
  const isStage = ({ strategy }: RunPlan) => Number(strategy.stage !== undefined);
  open.sort((a, b) => isStage(b) - isStage(a) || b.strategy.parameters.trained - a.strategy.parameters.trained);
  return { runs, stages, open, finished, questions };
}

/**
 * What a strategy predicts without the only modality that it reads tells nothing, and without the others nothing new; and
 * words are not spoken in the streams of other samples.
 */
function meaningful(asks: readonly Question[], { plugin, slot }: RunPlan['strategy']): readonly Question[] {
  const isSingle = traitsOf(plugin, slot).modality !== undefined;
  const isSwapped = !isSingle && plugin.requires.wordTimes === undefined;
  return asks.filter((question) => question === 'inside' || (question === 'missing' ? !isSingle : isSwapped));
}

/** Nothing if all of it is still to be done. */
export function finishedLine({ runs, open, finished }: OpenWork): string | undefined {
  if (finished === 0) return undefined;
  const silent = open.length - (runs.length - finished);
  const rest =
    silent === 0 ? '' : ` ${silent} of them ${silent === 1 ? 'has' : 'have'} yet to tell what the report asks.`;
  return `${finished} of ${runs.length} runs were finished before.${rest}`;
}
