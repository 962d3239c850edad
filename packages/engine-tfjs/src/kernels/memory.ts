/** The memory of a backend, as kernels written in TypeScript see it: typed arrays to read from and to write to. */
import type { DataType } from '@interfuse/core';
import type * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

export type Values = Float32Array | Int32Array | Uint8Array;

export interface Memory {
  /** A tensor without values yet. On wasm this may move the heap, so take views only after the last allocation. */
  allocate(shape: readonly number[], type: tf.DataType): tf.TensorInfo;
  /** The tensor's own values: no copy, and no read that anybody could mistake for one of the model's. */
  view(tensor: tf.TensorInfo): Values;
}

export function wasmMemory(backend: BackendWasm): Memory {
  return {
    allocate: (shape, type) => backend.makeOutput([...shape], type),
    view: (tensor) => backend.typedArrayFromHeap(tensor) as Values,
  };
}

/** What kernels need of TensorFlow.js' `MathBackendCPU`. */
interface CpuBackend {
  readonly data: { get(id: tf.DataId): { values: Values } };
  makeTensorInfo(shape: number[], type: tf.DataType, values: Values): tf.TensorInfo;
}

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export function cpuMemory(backend: CpuBackend): Memory {
  return {
    allocate(shape, type) {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return backend.makeTensorInfo([...shape], type, new arrays[type as DataType](size));
    },
    view: (tensor) => backend.data.get(tensor.dataId).values,
  };
}

/**
 * Of a backend with memory of its own: values are computed here, and uploaded when an operation first reads them. To view
 * any other tensor is to copy it out.
 */
export function nativeMemory(backend: tf.KernelBackend): Memory {
  const allocated = new Map<tf.DataId, Values>();
  return {
    allocate(shape, type) {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const values = new arrays[type as DataType](size);
      const dataId = backend.write(values, [...shape], type);
      allocated.set(dataId, values);
      return { dataId, shape: [...shape], dtype: type };
    },
    view: ({ dataId }) => allocated.get(dataId) ?? (backend.readSync(dataId) as Values),
  };
}
