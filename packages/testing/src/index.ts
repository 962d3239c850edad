/** The conformance kit for authors of fusion plugins, and the tiny models and batches that it works with. */
export {
  type Check,
  type ConformanceReport,
  type ConformanceSettings,
  checkFusionPlugin,
  fusionConformance,
} from './conformance.js';
export { type TinyBatchSettings, tinyBatch } from './mocks/tiny-batch.js';
export { tinyEncoder } from './mocks/tiny-encoder.js';
export {
  type TinyHostSettings,
  tinyClassification,
  tinyHost,
  tinyRegression,
  tinyStreams,
} from './mocks/tiny-host.js';
export { tinyLanguageModel } from './mocks/tiny-language-model.js';
