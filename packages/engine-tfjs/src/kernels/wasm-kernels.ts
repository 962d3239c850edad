/** The kernels that replace or complete those of the wasm backend. */
import * as tf from '@tensorflow/tfjs';
import { gather } from './gather.js';
import { registerMatrixProduct } from './matrix-product.js';
import { wasmMemory } from './memory.js';
import { replaceKernel } from './registry.js';
import { registerSharedKernels } from './shared-kernels.js';
import { slice, split, unpack } from './slice.js';

interface One {
  readonly [name: string]: tf.TensorInfo;
  readonly x: tf.TensorInfo;
}

/** @param simd whether this machine's WebAssembly has vectors; without them the stock matrix product stays */
export function registerWasmKernels({ simd }: { simd: boolean }): void {
  registerSharedKernels('wasm', wasmMemory);
  if (simd) registerMatrixProduct();
  replaceKernel(
    'wasm',
    'GatherV2',
    wasmMemory,
    (memory, inputs: { x: tf.TensorInfo; indices: tf.TensorInfo }, attributes: { axis: number; batchDims: number }) =>
      gather(memory, inputs.x, inputs.indices, attributes),
  );
  replaceKernel('wasm', 'Slice', wasmMemory, (memory, { x }: One, attributes: { begin: number[]; size: number[] }) => {
    const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, attributes.begin, attributes.size);
    return slice(memory, x, begin as number[], size as number[]);
  });
  replaceKernel('wasm', 'SplitV', wasmMemory, (memory, { x }: One, attributes: SplitAttributes) =>
    split(memory, x, attributes.numOrSizeSplits, attributes.axis),
  );
  replaceKernel(
    'wasm',
    'Unpack',
    wasmMemory,
    (memory, { value }: { value: tf.TensorInfo }, { axis }: { axis: number }) => unpack(memory, value, axis),
  );
}

interface SplitAttributes {
  readonly numOrSizeSplits: number | number[];
  readonly axis: number;
}
