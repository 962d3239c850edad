/** Eager engines on the backends of TensorFlow.js. Importing this loads no tensor library; a plugin's `load` does. */
import type { EnginePlugin } from '@interfuse/core';
import { cpu, wasm } from './plugin.js';

export { cpu, wasm };
export const plugins = [wasm, cpu] as readonly EnginePlugin[];
