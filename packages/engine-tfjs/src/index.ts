/** Eager engines on the backends of TensorFlow.js. Importing this loads no tensor library; a plugin's `load` does. */
import type { EnginePlugin } from '@interfuse/core';
import { cpu, tensorflow, tensorflowGpu, wasm } from './plugin.js';

export { cpu, tensorflow, tensorflowGpu, wasm };
export const plugins = [wasm, cpu, tensorflow, tensorflowGpu] as readonly EnginePlugin[];
