/** The `cpu` backend: plain JavaScript, the reference. */
import * as tf from '@tensorflow/tfjs';
import { registerCpuKernels } from '../kernels/cpu-kernels.js';
import type { BackendPreset } from './preset.js';

export const cpuPreset: BackendPreset = {
  id: 'cpu',
  backend: 'cpu',
  async prepare() {
    registerCpuKernels();
    // Otherwise the first tensor prints an advertisement for another backend.
    (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
  },
  async describe() {
    return { simd: false, threads: 1 };
  },
};
