/** Metrics, schedules and the length of epochs. Importing this loads no tensor library; steps and the loop are in `@interfuse/training/loop`. */
import type { MetricPlugin } from '@interfuse/core';
import { classification, regression, sentiment, sims } from './metrics/plugin.js';

export { type EpochLength, epochLength } from './loop/micro-batches.js';
export { classificationMetrics } from './metrics/classification.js';
export { roundFigure, roundHalfToEven } from './metrics/figures.js';
export { regressionMetrics } from './metrics/regression.js';
export { sentimentMetrics } from './metrics/sentiment.js';
export { simsMetrics } from './metrics/sims.js';
export { epochSchedule, learningRateSchedule, plateauScale, type Schedule, warmRestarts } from './schedules.js';
export { classification, regression, sentiment, sims };
export const plugins = [sentiment, sims, regression, classification] as readonly MetricPlugin[];
