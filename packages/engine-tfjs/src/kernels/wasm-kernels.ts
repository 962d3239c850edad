/** The kernels that replace or complete those of the wasm backend. */
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { gather } from './gather.js';
import { registerMatrixProduct } from './matrix-product.js';
import { wasmMemory } from './memory.js';
import { replaceKernel, replaceKernelFunction } from './registry.js';
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
  replaceKernelFunction('wasm', 'Identity', ({ inputs, backend }) =>
    share(inputs.x as tf.TensorInfo, backend as BackendWasm),
  );
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

/** The same values under another name. The stock kernel copies them, and the tape of gradients clones without end. */
function share(x: tf.TensorInfo, backend: BackendWasm): tf.TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}

interface SplitAttributes {
  readonly numOrSizeSplits: number | number[];
  readonly axis: number;
}
