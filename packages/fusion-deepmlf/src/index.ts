/** DeepMLF, the reference strategy (arXiv 2504.11082), and its successors. */
import { dmpf } from './dmpf/plugin.js';
import { deepmlf } from './plugin.js';
import { serin } from './serin/plugin.js';
import { streamEncoder } from './stream-encoder/plugin.js';

export { type DmpfOptions, dmpf } from './dmpf/plugin.js';
export { type DeepmlfOptions, deepmlf } from './plugin.js';
export { fromReference, type ReferenceTensor, referenceTensor } from './reference-weights.js';
export { type SerinOptions, serin } from './serin/plugin.js';
export { type StreamEncoderOptions, streamEncoder } from './stream-encoder/plugin.js';

export const plugins = [deepmlf, dmpf, serin, streamEncoder] as const;
