/** What a comparison says of its plan, where it was locked after somebody could have looked. */

/** Of the plan of a comparison, what its report tells. */
export interface PlanSummary {
  readonly hash: string;
  /** Runs whose test split was open already when the plan was locked. */
  readonly openedBefore: number;
  /** What is not as in the first plan. */
  readonly differs: readonly string[];
}

/** Nothing for a plan that came before all results. */
export function planClaims(plan: PlanSummary | undefined): string[] {
  if (plan === undefined || plan.openedBefore === 0) return [];
  const { openedBefore, differs } = plan;
  const runs = openedBefore === 1 ? '1 run' : `${openedBefore} runs`;
  const changed = differs.length === 0 ? '' : `; it differs from the first plan in ${differs.join(', ')}`;
  return [
    `Exploratory: this plan was locked after ${runs} had opened the test split of these data${changed}. What was seen there may have led to it.`,
  ];
}
