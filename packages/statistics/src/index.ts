/** Statistics of comparisons in which seeds and items are crossed. */
export { type AdditiveProjection, additiveShare, projectAdditively } from './additive-projection.js';
export { probabilityOfBest, type ResamplingSettings } from './best.js';
export { comparePairs, type PairComparison, type PairSettings, type Verdict } from './compare-pairs.js';
export {
  type BootstrapData,
  type BootstrapFigure,
  type BootstrapResult,
  type BootstrapSettings,
  crossedBootstrap,
} from './crossed-bootstrap.js';
export {
  type CrossedErrors,
  type GroupMeans,
  groupMeans,
  groupWeights,
  numberGroups,
  type StrategyErrors,
} from './crossed-errors.js';
export { countFalseClaims, type DealSettings, type FalseClaims, type SameStrategy } from './deal-seeds.js';
export { mean, median, standardDeviation } from './descriptive.js';
export {
  normalProbability,
  normalQuantile,
  studentProbability,
  studentQuantile,
  studentTwoSided,
} from './distributions.js';
export { holm } from './holm.js';
export { meanIntervals } from './mean-intervals.js';
export { noiseWeight } from './pairing-noise.js';
export {
  detectableDifference,
  type NeededSize,
  neededSize,
  type PairNoise,
  type PowerSettings,
  type Size,
} from './power.js';
export { halves, leastPairings, type SwapDesign, type SwapSettings, swapDesign } from './swap-design.js';
export { type VarianceComponents, varianceComponentsOf } from './variance-components.js';
