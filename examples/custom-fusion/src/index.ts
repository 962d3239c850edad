/** What a config finds under the name of this package: a list called `plugins`. */
import { gatedUnit } from './plugin.js';

export const plugins = [gatedUnit];
