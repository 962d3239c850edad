/** Reverse-mode gradients of a pure function, by path. */
import type { TensorMap } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

/**
 * Value and gradients of a scalar function of tensors.
 *
 * @param f may compute more than the value: every tensor in `rest` (records and arrays, nested) outlives the call
 * @returns gradients with the paths and shapes of `tensors`; zeros for tensors that the value does not depend on, which
 *   are not among the paths `reached`
 */
export function valueAndGradients<R>(
  f: (tensors: TensorMap) => { value: tf.Tensor; rest: R },
  tensors: TensorMap,
): { value: tf.Tensor; gradients: Record<string, tf.Tensor>; reached: ReadonlySet<string>; rest: R } {
  const paths = Object.keys(tensors);
  const inputs = paths.map((path) => tensors[path] as tf.Tensor);
  let kept: R | undefined;
  const scalar = (): tf.Tensor => {
    const { value, rest } = f(tensors);
    // TensorFlow.js disposes everything but the value when the tape ends.
    kept = mapTensors(rest, (tensor) => tf.keep(tf.clone(tensor)));
    return tf.reshape(value, []);
  };
  const { value, grads } = tf.engine().gradients(scalar, inputs, undefined, true);
  const gradients: Record<string, tf.Tensor> = {};
  paths.forEach((path, index) => {
    gradients[path] = grads[index] ?? tf.zerosLike(inputs[index] as tf.Tensor);
  });
  const rest = mapTensors(kept as R, (tensor) => {
    const clone = tf.clone(tensor);
    tensor.dispose();
    return clone;
  });
  const reached = new Set(paths.filter((_, index) => grads[index]));
  return { value, gradients, reached, rest };
}

/** The same records and arrays with every tensor replaced; anything else stays. */
function mapTensors<R>(container: R, change: (tensor: tf.Tensor) => tf.Tensor): R {
  const visit = (node: unknown): unknown => {
    if (node instanceof tf.Tensor) return change(node);
    if (Array.isArray(node)) return node.map(visit);
    if (node !== null && typeof node === 'object') {
      return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, visit(child)]));
    }
    return node;
  };
  return visit(container) as R;
}
