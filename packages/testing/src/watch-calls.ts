/** Watches what a plugin does inside its calls: values that it reads back, inputs that it changes or disposes of. */
import * as tf from '@tensorflow/tfjs';

const readers = ['readSync', 'read', 'readToGPU'] as const;

/** Calls with the reading functions of the tensor library watched; what kernels read for themselves lies below them. */
export function noticingReads<R>(call: () => R, noticed: () => void): R {
  const library = tf.engine() as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const reader of readers) {
    const read = library[reader];
    if (!read) continue;
    library[reader] = (...args) => {
      noticed();
      return read.apply(library, args);
    };
  }
  try {
    return call();
  } finally {
    // The originals are methods of the class, below the properties that were set here.
    for (const reader of readers) delete library[reader];
  }
}

/** Records and arrays all the way down; tensors are left to the library. */
export function freeze(value: unknown): void {
  if (!isRecord(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}

export function holdsDisposed(value: unknown): boolean {
  if (value instanceof tf.Tensor) return value.isDisposed;
  return isRecord(value) && Object.values(value).some(holdsDisposed);
}

/** Whether this is what JavaScript throws at an assignment to what was frozen. */
export function isFrozenError(error: unknown): boolean {
  return error instanceof TypeError && /read only|not extensible|Cannot (assign|add|delete|define)/.test(error.message);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof tf.Tensor);
}
