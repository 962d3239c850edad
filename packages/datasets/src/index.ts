/** Dataset plugins: any dataset folder, and the bundled `staged` and `sentences`. The folder format itself is `@interfuse/datasets/folder`. */
import { folder } from './folder/plugin.js';
import { sentences } from './sentences/plugin.js';
import { staged } from './staged/plugin.js';

export { folder, sentences, staged };

export const plugins = [staged, sentences, folder];
