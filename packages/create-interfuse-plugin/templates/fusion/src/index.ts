/** What a config finds under the name of this package: a list called `plugins`. */
import { templateNamePlugin } from './plugin.js';

export { templateNamePlugin };

export const plugins = [templateNamePlugin];
