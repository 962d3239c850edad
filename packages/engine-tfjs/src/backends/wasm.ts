/** The `wasm` backend: XNNPACK compiled to WebAssembly, with the kernels of `kernels/` in place of the slow ones. */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels } from '../kernels/wasm-kernels.js';
import type { BackendPreset } from './preset.js';

export const wasmPreset: BackendPreset = {
  id: 'wasm',
  backend: 'wasm',
  async prepare() {
    // The binaries lie beside the package's entry, wherever the process was started.
    setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep);
    registerWasmKernels({ simd: await hasSimd() });
  },
  async describe() {
    return { simd: await hasSimd(), threads: getThreadsCount() };
  },
};

async function hasSimd(): Promise<boolean> {
  return (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
}
