/**
 * Resized images. Resizing is linear, axis by axis: a constant matrix for the rows and one for the columns, and for the
 * gradient the same two transposed.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Emission, Emitter, Emitters } from './kernel.js';
import { input, unsupported } from './kernel.js';

interface Sampling {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Entry [i, j]: how much of the old entry j the new entry i takes. */
type Weights = (newExtent: number, oldExtent: number, sampling: Sampling) => Float32Array;

const ratio = (newExtent: number, oldExtent: number, { alignCorners }: Sampling): number =>
  alignCorners && newExtent > 1 ? (oldExtent - 1) / (newExtent - 1) : oldExtent / newExtent;

const nearest: Weights = (newExtent, oldExtent, sampling) => {
  const weights = new Float32Array(newExtent * oldExtent);
  const scale = ratio(newExtent, oldExtent, sampling);
  for (let i = 0; i < newExtent; i += 1) {
    const position = scale * (sampling.halfPixelCenters ? i + 0.5 : i);
    const closest = sampling.alignCorners ? Math.round(position) : Math.floor(position);
    weights[i * oldExtent + Math.min(closest, oldExtent - 1)] = 1;
  }
  return weights;
};

const bilinear: Weights = (newExtent, oldExtent, sampling) => {
  const weights = new Float32Array(newExtent * oldExtent);
  const scale = ratio(newExtent, oldExtent, sampling);
  for (let i = 0; i < newExtent; i += 1) {
    const position = sampling.halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
    const low = Math.max(0, Math.floor(position));
    const high = Math.min(oldExtent - 1, Math.ceil(position));
    const row = i * oldExtent;
    weights[row + low] = (weights[row + low] as number) + 1 - (position - low);
    weights[row + high] = (weights[row + high] as number) + (position - low);
  }
  return weights;
};

/** Both axes of [B, H, W, C] by matrices [H', H] and [W', W]; transposed for the gradient. */
function resampled(
  { graph, name, backend }: Emission,
  images: tf.TensorInfo,
  shape: readonly number[],
  [rows, columns]: readonly [Float32Array, Float32Array],
  gradient: boolean,
): tf.TensorInfo {
  const [, height, width] = images.shape as [number, number, number, number];
  const [, newHeight, newWidth] = shape as [number, number, number, number];
  const matrix = (weights: Float32Array, to: number, from: number): string =>
    gradient
      ? graph.add('Transpose', [graph.constant('float32', [from, to], weights)], { perm: [1, 0] })
      : graph.constant('float32', [to, from], weights);
  const planes = graph.add('Transpose', [name(images)], { perm: [0, 3, 1, 2] }); // [B, C, H, W]
  const high = graph.add('MatMul', [matrix(rows, newHeight, height), planes]); // [B, C, H', W]
  const flipped = graph.add('Transpose', [high], { perm: [0, 1, 3, 2] }); // [B, C, W, H']
  const wide = graph.add('MatMul', [matrix(columns, newWidth, width), flipped]); // [B, C, W', H']
  return backend.symbol(graph.add('Transpose', [wide], { perm: [0, 3, 2, 1] }), shape, 'float32');
}

function resize(weights: Weights): Emitter {
  return (emission) => {
    const images = input(emission, 'images');
    if (images.dtype !== 'float32') throw unsupported('resizing', 'float32', images.dtype);
    const [height, width] = emission.attributes.size as [number, number];
    const [batch, oldHeight, oldWidth, channels] = images.shape as [number, number, number, number];
    const matrices = [
      weights(height, oldHeight, emission.attributes),
      weights(width, oldWidth, emission.attributes),
    ] as const;
    return resampled(emission, images, [batch, height, width, channels], matrices, false);
  };
}

function resizeGradient(weights: Weights): Emitter {
  return (emission) => {
    const images = input(emission, 'images');
    const dy = input(emission, 'dy');
    const [, oldHeight, oldWidth] = images.shape as [number, number, number, number];
    const [, height, width] = dy.shape as [number, number, number, number];
    const matrices = [
      weights(height, oldHeight, emission.attributes),
      weights(width, oldWidth, emission.attributes),
    ] as const;
    return resampled(emission, dy, images.shape, matrices, true);
  };
}

export const resizing: Emitters = {
  ResizeBilinear: resize(bilinear),
  ResizeBilinearGrad: resizeGradient(bilinear),
  ResizeNearestNeighbor: resize(nearest),
  ResizeNearestNeighborGrad: resizeGradient(nearest),
};
