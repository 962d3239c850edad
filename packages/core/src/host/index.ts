/** The host: composes plugins and a config into runs. Loads the container. */
export { transformDataset } from '../transforms/transformed-dataset.js';
export * from './compose.js';
export { loadFactory } from './load-factory.js';
export type { LoadedFusion, LoadedLanguageModel, ResolvePath } from './tokens.js';
