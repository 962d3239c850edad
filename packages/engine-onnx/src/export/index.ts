/** Models for inference: a step as one ONNX file that any ONNX Runtime runs. Loads a tensor library. */
export { operatorSets } from '../onnx-messages.js';
export { OnnxStore } from '../store.js';
export { batchDimension, type ModelValue } from './dynamic-batch.js';
export { type ExportRequest, exportStep } from './export-step.js';
export {
  type Description,
  type DocumentedValue,
  dataFileOf,
  type InferenceModel,
  type Initializer,
  type WriteSettings,
  type WrittenModel,
  writeModel,
} from './model-file.js';
export { type ModelSession, openModel, runtimeVersion } from './model-session.js';
