/** Steps, optimizers, batches and the training loop: the part of the package that loads a tensor library. */
export { type BatchSettings, type BatchSource, createBatchSource } from '../batches/batch-source.js';
export { type BlankSettings, blankBatch } from '../batches/blank-batch.js';
export { controlStreams } from '../batches/control-streams.js';
export { epochOrder } from '../batches/epoch-order.js';
export type { Giver } from '../batches/giver.js';
export { type LabelColumn, labelNames } from '../batches/label-column.js';
export { type MemoSettings, memoisePrefix, type SharedStates, type States } from '../batches/memoise-prefix.js';
export { modalityDropout } from '../batches/modality-dropout.js';
export type { Padding } from '../batches/padding.js';
export { prefetch } from '../batches/prefetch.js';
export { textModality, type Withheld } from '../batches/withheld.js';
export { type AdamWSettings, adamW } from '../optimizers/adamw.js';
export { clipByGlobalNorm, globalNorm } from '../optimizers/clip-by-global-norm.js';
export { clipByValue } from '../optimizers/clip-by-value.js';
export type { Groups } from '../optimizers/groups.js';
export { optimizerFor } from '../optimizers/optimizer.js';
export { chain, type GradientTransform, type LeafMap, type TransformContext } from '../optimizers/transform.js';
export { type EvaluateChoices, evaluateStep } from '../steps/evaluate-step.js';
export { batchFromInputs, prefixPath, scalarFloat, scalarInt } from '../steps/inputs.js';
export type { StepContext } from '../steps/objective.js';
export { checkPieces } from '../steps/parts.js';
export { accumulateStep, applyStep, trainStep } from '../steps/training-steps.js';
export { modelLeaves, trainingLeaves } from '../steps/variables.js';
export { bestWeightsFile, loadBest, readVariables, resumeLeaves, writeVariables } from './checkpoint.js';
export { createMicroBatchRunner, type MicroBatch } from './micro-batch-runner.js';
export { joinPieces, piece } from './pieces.js';
export type { BestEpoch, EpochRecord } from './position.js';
export { type Prediction, predict, predictionSize, predictWith, score } from './predict.js';
export { takeSignals } from './take-signals.js';
export { type Progress, type Training, type TrainingResult, train } from './train.js';
export {
  firstOf,
  loadWarmStart,
  type PlannedWarmStart,
  planWarmStart,
  type Shapes,
  selectedShapes,
  storedShapes,
  type WarmStartReport,
} from './warm-start.js';
