/** Products and convolutions that TensorFlow.js fuses with a bias and an activation, written as their parts. */
import type * as tf from '@tensorflow/tfjs';
import { convolutions } from './convolution.js';
import { elementwise } from './elementwise.js';
import { call, type Emitter, type Emitters, unsupported } from './kernel.js';
import { products } from './products.js';

const kernelOf: Readonly<Record<string, string>> = {
  linear: 'Identity',
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

function fused(base: Emitter | undefined): Emitter {
  return (emission) => {
    const { bias, preluActivationWeights, ...operands } = emission.inputs;
    const { activation = 'linear', leakyreluAlpha = 0.2, dataFormat = 'NHWC', ...attributes } = emission.attributes;
    if (dataFormat !== 'NHWC' && (bias || preluActivationWeights)) {
      throw unsupported('fused convolution with a bias', 'the layout NHWC', dataFormat);
    }
    const kernel = kernelOf[activation];
    if (kernel === undefined) {
      throw unsupported('fused activation', Object.keys(kernelOf).join(', '), String(activation));
    }
    const product = call(emission, base, operands, { ...attributes, dataFormat });
    const moved = bias ? call(emission, elementwise.Add, { a: product, b: bias }) : product;
    const inputs: Record<string, tf.TensorInfo> = { x: moved };
    if (preluActivationWeights) inputs.alpha = preluActivationWeights;
    return call(emission, elementwise[kernel], inputs, { alpha: leakyreluAlpha });
  };
}

export const fusions: Emitters = {
  _FusedMatMul: fused(products.BatchMatMul),
  FusedConv2D: fused(convolutions.Conv2D),
  FusedDepthwiseConv2D: fused(convolutions.DepthwiseConv2dNative),
};
