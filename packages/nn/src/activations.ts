/** Activation functions, by the names that model configs use. */
import * as tf from '@tensorflow/tfjs';

/** x * Phi(x), exactly (Hendrycks and Gimpel 2016, arXiv 1606.08415). */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** The tanh approximation of GELU, `gelu_new` in GPT-2: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
export function geluTanh(x: tf.Tensor): tf.Tensor {
  const cubic = tf.mul(tf.mul(tf.square(x), x), 0.044715);
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(tf.add(x, cubic), Math.sqrt(2 / Math.PI))), 1));
}

/** x * sigmoid(x), also called swish. */
export function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

export function relu(x: tf.Tensor): tf.Tensor {
  return tf.relu(x);
}

const activations = { gelu, 'gelu-tanh': geluTanh, silu, relu };

export type Activation = keyof typeof activations;

export function activate(name: Activation, x: tf.Tensor): tf.Tensor {
  return activations[name](x);
}
