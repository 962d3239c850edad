/** DeepMLF, the reference strategy (arXiv 2504.11082). */
import { deepmlf } from './plugin.js';

export { type DeepmlfOptions, deepmlf } from './plugin.js';
export { fromReference, type ReferenceTensor, referenceTensor } from './reference-weights.js';

export const plugins = [deepmlf] as const;
