/** Dataset plugins: any dataset folder, and the bundled `sentences`. The folder format itself is `@interfuse/datasets/folder`. */
import { folder } from './folder/plugin.js';
import { sentences } from './sentences/plugin.js';

export { folder, sentences };

export const plugins = [sentences, folder];
