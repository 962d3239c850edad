/** Tensors between the host and a backend, and the checks on the way. */
import { type DataType, type ErrorCode, type HostTensor, InterfuseError } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** `float32 [2, 3]`, for messages. */
export function signature(tensor: { readonly shape: readonly number[]; readonly type: string }): string {
  return `${tensor.type} [${tensor.shape.join(', ')}]`;
}

/** The signature of a tensor of a backend. */
export function tensorSignature(tensor: tf.Tensor): string {
  return signature({ shape: tensor.shape, type: tensor.dtype });
}

/**
 * Copies a host tensor into the active backend; the caller keeps its buffer and the tensor.
 *
 * @param place names the tensor in the error
 * @throws SHAPE_MISMATCH if data, type and shape do not belong together
 */
export function upload(host: HostTensor, place: string): tf.Tensor {
  const size = host.shape.reduce((product, extent) => product * extent, 1);
  const expected = arrays[host.type];
  if (!(host.data instanceof expected) || host.data.length !== size) {
    throw new InterfuseError('SHAPE_MISMATCH', {
      place,
      expected: `${size} values in a ${expected.name} for ${signature(host)}`,
      got: `${host.data.length} values in a ${host.data.constructor.name}`,
      remedy: 'Give data of the declared shape and type.',
    });
  }
  // The cpu backend keeps the array that it is given, so it gets one of its own.
  return tf.tensor(host.data.slice(), [...host.shape], host.type);
}

/** A copy of a tensor's values on the host. */
export async function download(tensor: tf.Tensor): Promise<HostTensor> {
  const data = (await tensor.data()) as Float32Array | Int32Array | Uint8Array;
  return { shape: [...tensor.shape], type: tensor.dtype as DataType, data: data.slice() };
}

/** Throws unless the tensor has the signature that its variable was allocated with. */
export function checkSignature(code: ErrorCode, place: string, expected: string, got: string): void {
  if (expected !== got) throw new InterfuseError(code, { place, expected, got });
}
