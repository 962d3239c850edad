/** The suite as a library: experiments, their plans, runs and comparisons. The command is `interfuse`. */
export { builtInPlugins } from './built-in-plugins.js';
export { claims } from './comparison/claims.js';
export {
  type Comparison,
  type ComparisonSettings,
  compareStrategies,
  type RankedStrategy,
  type StrategyRuns,
} from './comparison/comparison.js';
export { type Evidence, type PairEvidence, weighEvidence } from './comparison/evidence.js';
export { jsonReport, markdownReport, textReport } from './comparison/report.js';
export { type Experiment, type ExperimentRequest, openExperiment } from './experiment/open-experiment.js';
export { planRuns, planStage, type RunPlan } from './experiment/plan.js';
export { LockedPlan, type PlanRecord } from './experiment/plan-lock.js';
export type { StrategyPlan } from './experiment/plan-strategy.js';
export { stagesOf } from './experiment/stages-of.js';
export type { RunWarmStart } from './experiment/warm-starts.js';
export { executeRun, type RunHooks } from './run/execute-run.js';
export type { FlopCounts } from './run/flop-counts.js';
export { type RunCost, type RunResult, readResult } from './run/result.js';
