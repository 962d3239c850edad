/** The stages that runs need. */
import type { RunPlan } from './plan.js';

/** The runs of stages that these runs need, each once, and before it those that it needs itself. */
export function stagesOf(runs: readonly RunPlan[]): RunPlan[] {
  const stages = new Map<string, RunPlan>();
  for (const { stage } of runs.flatMap(({ warmStarts }) => warmStarts)) {
    if (stage !== undefined) for (const each of [...stagesOf([stage]), stage]) stages.set(each.name, each);
  }
  return [...stages.values()];
}
