/** What an adapter for another architecture is written with: config.json read by type, leaves by tensor name, attention. */
export type { Build } from './architectures/index.js';
export { type AttentionSettings, attendFrame, type EarlierHeads, type Heads } from './attention.js';
export { assertFits, blockAt } from './bounds.js';
export {
  type Affine,
  layerNormLeaves,
  leafRows,
  linearLeaves,
  rmsNormLeaves,
  tableLeaves,
  type Weight,
} from './declare.js';
export { type HeadsPreset, readHeads } from './heads-config.js';
export {
  aboveZero,
  activation,
  flag,
  invalidField,
  type ModelConfig,
  number,
  onlyValue,
  wholeNumber,
} from './model-config.js';
export { type LanguageModelOptions, openLanguageModel } from './module.js';
export { type Rotary, type Rotation, rotate, rotation } from './rotary.js';
export { type RotaryAttentionLeaves, type RotaryAttentionSettings, rotaryAttention } from './rotary-attention.js';
export { type RotaryReading, type RotaryScaling, readRotary } from './rotary-config.js';
export { type DeclareLeaf, one, zero } from './weights.js';
export { readWindow, readWindows, type Windows } from './windows.js';
