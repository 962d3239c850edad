/** Kernels that several backends get: what they lack, or have in a form too slow to use. */
import { type CounterUniformAttributes, counterUniformKernel } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { counterUniform } from './counter-uniform.js';
import type { Memory } from './memory.js';
import { replaceKernel, replaceKernelFunction } from './registry.js';
import { segmentSum } from './segment-sum.js';

/** For the backends whose tensors lie in memory that JavaScript sees. */
export function registerSharedKernels<B extends object>(backendName: string, memoryOf: (backend: B) => Memory): void {
  registerCommonKernels(backendName, memoryOf);
  replaceKernel(
    backendName,
    'UnsortedSegmentSum',
    memoryOf,
    (memory, inputs: { x: tf.TensorInfo; segmentIds: tf.TensorInfo }, { numSegments }: { numSegments: number }) =>
      segmentSum(memory, inputs.x, inputs.segmentIds, numSegments),
  );
}

/** For every backend: the random numbers must be the same bits everywhere, and an axis mean the same axis. */
export function registerCommonKernels<B extends object>(backendName: string, memoryOf: (backend: B) => Memory): void {
  replaceKernel(
    backendName,
    counterUniformKernel,
    memoryOf,
    (memory, { step }: { step: tf.TensorInfo }, attributes: CounterUniformAttributes) =>
      counterUniform(memory, step, attributes),
  );
  for (const name of ['Cumsum', 'Cumprod']) countAxisFromTheStart(backendName, name);
}

/** The stock cumulative kernels return nothing (cpu) or overwrite other tensors (wasm) for an axis counted from the end. */
function countAxisFromTheStart(backendName: string, kernelName: string): void {
  const stock = tf.getKernel(kernelName, backendName).kernelFunc;
  replaceKernelFunction(backendName, kernelName, ({ inputs, backend, attrs }) => {
    const [axis] = tf.util.parseAxisParam((attrs as { axis: number }).axis, (inputs.x as tf.TensorInfo).shape);
    return stock({ inputs, backend, attrs: { ...(attrs as tf.NamedAttrMap), axis: axis as number } });
  });
}
