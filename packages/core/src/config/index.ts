/** Configuration: read a file, apply overrides, check the structure, check every slot. Loads Ajv and a YAML parser. */
export * from './composed-schema.js';
export { nameSchema } from './name-schema.js';
export * from './overrides.js';
export { checkPreset } from './preset.js';
export * from './read-file.js';
export * from './resolve.js';
export type { JsonSchema } from './schema.js';
export { isStage, stageConfig } from './stages.js';
export * from './structure.js';
export { type Check, compileSchema } from './validate.js';
