/** The host: composes plugins and a config into runs. Loads the container. */
export * from './compose.js';
export type { LoadedFusion, LoadedLanguageModel, ResolvePath } from './tokens.js';
