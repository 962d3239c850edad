/** Registers all emitters as kernels of the symbolic backend, and a coded error for every kernel that has none. */
import { InterfuseError } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { symbolicBackend, symbolicBackendName } from '../symbolic-backend.js';
import { convolutions } from './convolution.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { type Emitters, emission } from './kernel.js';
import { pooling2D } from './pooling.js';
import { products } from './products.js';
import { random } from './random.js';
import { reductions } from './reductions.js';
import { shapes } from './shapes.js';

const emitters: Emitters = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...products,
  ...convolutions,
  ...pooling2D,
  ...indexing,
  ...random,
};

let registered = false;

/** Idempotent. */
export function registerKernels(): void {
  if (registered) return;
  registered = true;
  const backend = symbolicBackend();
  for (const [kernelName, emit] of Object.entries(emitters)) {
    tf.registerKernel({
      kernelName,
      backendName: symbolicBackendName,
      kernelFunc: ({ inputs, attrs }) => emit(emission(backend, inputs, attrs)),
    });
  }
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (kernelName in emitters) continue;
    tf.registerKernel({
      kernelName,
      backendName: symbolicBackendName,
      kernelFunc: () => {
        throw new InterfuseError('KERNEL_UNSUPPORTED', {
          place: `operation ${kernelName}`,
          expected: `one of ${Object.keys(emitters).sort().join(', ')}`,
          got: kernelName,
        });
      },
    });
  }
}
