/** Functions with gradients written by hand, where the tape would keep large intermediate tensors alive. */
import * as tf from '@tensorflow/tfjs';

/**
 * @param forward value of the inputs and the constants; its steps leave no trace on the tape
 * @param backward gradients of all inputs from that of the value; only inputs and constants are kept until then
 * @param constants tensors that both need and that get no gradient. What `backward` merely closes over is disposed by then
 */
export function withGradient(
  inputs: readonly tf.Tensor[],
  forward: (...tensors: tf.Tensor[]) => tf.Tensor,
  backward: (gradient: tf.Tensor, ...tensors: tf.Tensor[]) => tf.Tensor[],
  constants: readonly tf.Tensor[] = [],
): tf.Tensor {
  const operation = tf.customGrad((...given) => {
    const save = given.pop() as unknown as tf.GradSaveFunc;
    const tensors = [...(given as tf.Tensor[]), ...constants];
    save(tensors);
    return {
      value: forward(...tensors),
      gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) => backward(gradient, ...saved),
    };
  });
  return operation(...inputs);
}
