/** Registering kernels written in TypeScript, in place of the stock ones if there are any. */
import * as tf from '@tensorflow/tfjs';
import type { Memory } from './memory.js';

/** The inputs of a kernel, by TensorFlow.js' names for them. */
export type Inputs = { readonly [name: string]: tf.TensorInfo };

/** Registers a kernel; `memoryOf` gives it access to the values of the backend's tensors. */
export function replaceKernel<B extends object, I extends Inputs, A>(
  backendName: string,
  kernelName: string,
  memoryOf: (backend: B) => Memory,
  compute: (memory: Memory, inputs: I, attributes: A) => tf.TensorInfo | tf.TensorInfo[],
): void {
  replaceKernelFunction(backendName, kernelName, ({ inputs, backend, attrs }) =>
    compute(memoryOf(backend as B), inputs as I, attrs as A),
  );
}

/** Registers a kernel function; what the stock kernel sets up for the backend stays set up. */
export function replaceKernelFunction(
  backendName: string,
  kernelName: string,
  kernelFunc: (call: { inputs: Inputs; backend: object; attrs: unknown }) => tf.TensorInfo | tf.TensorInfo[],
): void {
  const stock = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
  if (stock) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...stock, kernelName, backendName, kernelFunc: kernelFunc as unknown as tf.KernelFunc });
}
