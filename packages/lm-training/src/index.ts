/** Training of small language models from scratch. Loads the tensor library. */
export { type HeldOutFigures, type HeldOutText, measureHeldOut } from './held-out.js';
export { nextTokenModule } from './next-token.js';
export { type Measurement, trainingFolder } from './position.js';
export { type LanguageModelSettings, readSettings, settingsSchema } from './settings.js';
export { type Document, readDocuments } from './texts/documents.js';
export {
  heldOutText,
  type LanguageModelTraining,
  type TrainedLanguageModel,
  trainLanguageModel,
} from './train-language-model.js';
export type { LoopProgress } from './training-loop.js';
