/** Strategies to compare with: early, late and shallow fusion, and the single modalities. */
import { early } from './early/plugin.js';
import { late } from './late/plugin.js';
import { shallow } from './shallow/plugin.js';
import { unimodal } from './unimodal/plugin.js';

export { early, late, shallow, unimodal };

export const plugins = [early, late, shallow, unimodal] as const;
