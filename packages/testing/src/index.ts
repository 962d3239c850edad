/** The conformance kit for authors of plugins, and the tiny models and batches that it works with. */
export type { Check, ConformanceReport } from './claim.js';
export { checkEncoder, type EncoderConformanceSettings, encoderChecks } from './encoder-conformance.js';
export { checkFusionPlugin, type FusionConformanceSettings, fusionChecks } from './fusion-conformance.js';
export {
  checkLanguageModel,
  type LanguageModelConformanceSettings,
  languageModelChecks,
} from './language-model-conformance.js';
export { checkMetric, type MetricConformanceSettings, metricChecks } from './metric-conformance.js';
export { type TinyBatchSettings, tinyBatch } from './mocks/tiny-batch.js';
export { tinyEncoder } from './mocks/tiny-encoder.js';
export { tinyEncoderPlugin } from './mocks/tiny-encoder-plugin.js';
export {
  type TinyHostSettings,
  tinyClassification,
  tinyHost,
  tinyRegression,
  tinyStreams,
} from './mocks/tiny-host.js';
export { type Capability, tinyLanguageModel } from './mocks/tiny-language-model.js';
export {
  type CapabilityLevel,
  capabilityLevels,
  tinyLanguageModelPlugin,
} from './mocks/tiny-language-model-plugins.js';
export { tinyTokenizer } from './mocks/tiny-tokenizer.js';
