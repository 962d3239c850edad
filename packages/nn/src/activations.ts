/** Activation functions, by the names that model configs use. Their gradients keep nothing but the input. */
import * as tf from '@tensorflow/tfjs';
import { withGradient } from './custom-gradient.js';

/** Phi(x), the distribution function of the standard normal. */
function normalDistribution(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** x * Phi(x), exactly (Hendrycks and Gimpel 2016, arXiv 1606.08415). */
export function gelu(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    (input) => tf.mul(input, normalDistribution(input)),
    // Phi(x) + x phi(x), phi being the density.
    (gradient, input) => {
      const density = tf.mul(tf.exp(tf.mul(tf.square(input), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return [tf.mul(gradient, tf.add(normalDistribution(input), tf.mul(input, density)))];
    },
  );
}

const cubicWeight = 0.044715;
const rootOfTwoOverPi = Math.sqrt(2 / Math.PI);

/** tanh(sqrt(2/pi) (x + 0.044715 x^3)) = tanh(x (sqrt(2/pi) + sqrt(2/pi) 0.044715 x^2)). */
function tanhOfCubic(x: tf.Tensor): tf.Tensor {
  return tf.tanh(tf.mul(x, tf.add(tf.mul(tf.square(x), rootOfTwoOverPi * cubicWeight), rootOfTwoOverPi)));
}

/** The tanh approximation of GELU, `gelu_new` in GPT-2: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
export function geluTanh(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    (input) => tf.mul(input, tf.mul(tf.add(tanhOfCubic(input), 1), 0.5)),
    // (1 + t) / 2 + x (1 - t^2) / 2 * sqrt(2/pi) (1 + 3 * 0.044715 x^2), t being the tanh.
    (gradient, input) => {
      const t = tanhOfCubic(input);
      const inner = tf.add(tf.mul(tf.square(input), (3 * cubicWeight * rootOfTwoOverPi) / 2), rootOfTwoOverPi / 2);
      const bend = tf.mul(tf.mul(input, inner), tf.sub(1, tf.square(t)));
      return [tf.mul(gradient, tf.add(tf.mul(tf.add(t, 1), 0.5), bend))];
    },
  );
}

/** x * sigmoid(x), also called swish. */
export function silu(x: tf.Tensor): tf.Tensor {
  return withGradient(
    [x],
    (input) => tf.mul(input, tf.sigmoid(input)),
    // s + y (1 - s), s being the sigmoid and y the value.
    (gradient, input) => {
      const s = tf.sigmoid(input);
      return [tf.mul(gradient, tf.add(s, tf.mul(tf.mul(input, s), tf.sub(1, s))))];
    },
  );
}

/** max(x, 0), value by value. */
export function relu(x: tf.Tensor): tf.Tensor {
  return tf.relu(x);
}

const activations = { gelu, 'gelu-tanh': geluTanh, silu, relu };

export type Activation = keyof typeof activations;

/** The activation of this name, value by value: [...] -> [...]. */
export function activate(name: Activation, x: tf.Tensor): tf.Tensor {
  return activations[name](x);
}
