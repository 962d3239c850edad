/** Registers all emitters as kernels of the symbolic backend, and a coded error for every kernel that has none. */
import { InterfuseError } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { symbolicBackend, symbolicBackendName } from '../symbolic-backend.js';
import { convolutions } from './convolution.js';
import { elementwise } from './elementwise.js';
import { fusions } from './fused.js';
import { indexing } from './indexing.js';
import { type Emitters, emission } from './kernel.js';
import { normalisation } from './normalisation.js';
import { pooling2D } from './pooling.js';
import { products } from './products.js';
import { random } from './random.js';
import { rearrangements } from './rearrangements.js';
import { reductions } from './reductions.js';
import { resizing } from './resizing.js';
import { shapes } from './shapes.js';

const emitters: Emitters = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...products,
  ...convolutions,
  ...pooling2D,
  ...fusions,
  ...normalisation,
  ...rearrangements,
  ...resizing,
  ...indexing,
  ...random,
};

/** Names of all kernels that can be compiled. */
export const compiledKernels: readonly string[] = Object.keys(emitters).sort();

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
          expected: `one of ${compiledKernels.join(', ')}`,
          got: kernelName,
        });
      },
    });
  }
}
