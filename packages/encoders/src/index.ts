/** Encoder plugins: each turns one stream (audio, vision, ...) into a masked sequence of vectors. */
import { lstm } from './lstm/plugin.js';
import { mean } from './mean/plugin.js';
import { transformer } from './transformer/plugin.js';

export { lstm, mean, transformer };

export const plugins = [transformer, lstm, mean];
