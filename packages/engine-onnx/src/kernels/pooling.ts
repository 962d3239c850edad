/** Pooling over windows, largest and average, with the gradients. */
import * as tf from '@tensorflow/tfjs';
import { type Emission, type Emitters, filled, input, size, unsupported } from './kernel.js';
import { channelsFirst, covered, restored, uncovered, type Windows, windowsOf } from './windows.js';

type Shape4 = [number, number, number, number];

function pooling({ attributes }: Emission, x: tf.TensorInfo): { windows: Windows; outShape: readonly number[] } {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  if (x.dtype !== 'float32') throw unsupported('pooling', 'float32', x.dtype);
  const info = tf.backend_util.computePool2DInfo(x.shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode);
  const windows = windowsOf(info);
  if (size(info.outShape) > 0 && counts(windows).includes(0)) {
    throw unsupported('pooling', 'windows that reach into the image', 'a window in the padding alone');
  }
  return { windows, outShape: info.outShape };
}

/** The largest entry of every window, and its position among the covered entries; the first one where several tie. */
function largest(emission: Emission, x: tf.TensorInfo, windows: Windows): { values: string; positions: string } {
  const image = covered(emission, channelsFirst(emission, emission.name(x)), windows, Number.NEGATIVE_INFINITY);
  const attributes = { kernel_shape: windows.extents, strides: windows.strides };
  const [values, positions] = emission.graph.node('MaxPool', [image], attributes, { outputs: 2 }) as [string, string];
  return { values, positions };
}

/** How many entries of the image lie in each window, [1, 1, H', W']. */
function counts({ inputs, outputs, extents, strides, before }: Windows): Float32Array {
  const along = (axis: 0 | 1): number[] =>
    Array.from({ length: outputs[axis] }, (_, i) => {
      const start = i * strides[axis] - before[axis];
      return Math.max(Math.min(start + extents[axis], inputs[axis]) - Math.max(start, 0), 0);
    });
  const columns = along(1);
  return Float32Array.from(along(0).flatMap((rows) => columns.map((column) => rows * column)));
}

export const pooling2D: Emitters = {
  MaxPool: (emission) => {
    const x = input(emission, 'x');
    const { windows, outShape } = pooling(emission, x);
    if (size(outShape) === 0) return filled(emission, outShape, 0, 'float32');
    return restored(emission, largest(emission, x, windows).values, outShape);
  },
  /** Every slope goes to the entry that was largest, and adds up where windows overlap. */
  MaxPoolGrad: (emission) => {
    const x = input(emission, 'input');
    const dy = input(emission, 'dy');
    const { windows } = pooling(emission, x);
    if (size(dy.shape) === 0) return filled(emission, x.shape, 0, 'float32');
    const { graph } = emission;
    const [batch, , , channels] = x.shape as Shape4;
    const flat = graph.integers([-1]);
    const { positions } = largest(emission, x, windows);
    const nothing = graph.add('Expand', [
      graph.scalar('float32', 0),
      graph.integers([batch * channels * size(windows.reach)]),
    ]);
    const slopes = graph.add('Reshape', [channelsFirst(emission, emission.name(dy)), flat]);
    const summed = graph.add('ScatterElements', [nothing, graph.add('Reshape', [positions, flat]), slopes], {
      reduction: 'add',
    });
    const image = graph.add('Reshape', [summed, graph.integers([batch, channels, ...windows.reach])]);
    return restored(emission, uncovered(emission, image, windows), x.shape);
  },
  /** The average over those entries of a window that lie in the image. */
  AvgPool: (emission) => {
    const x = input(emission, 'x');
    const { windows, outShape } = pooling(emission, x);
    if (size(outShape) === 0) return filled(emission, outShape, 0, 'float32');
    const { graph } = emission;
    const { extents, strides, outputs } = windows;
    const image = covered(emission, channelsFirst(emission, emission.name(x)), windows, 0);
    const average = graph.add('AveragePool', [image], { kernel_shape: extents, strides });
    const area = extents[0] * extents[1];
    const present = counts(windows);
    if (present.every((count) => count === area)) return restored(emission, average, outShape);
    const share = graph.constant(
      'float32',
      [1, 1, ...outputs],
      present.map((count) => area / count),
    );
    return restored(emission, graph.add('Mul', [average, share]), outShape);
  },
  /** As in TensorFlow.js, a slope is divided by the whole window's area even where the window reaches beyond the image. */
  AvgPoolGrad: (emission) => {
    const x = input(emission, 'input');
    const dy = input(emission, 'dy');
    const { windows } = pooling(emission, x);
    if (size(dy.shape) === 0) return filled(emission, x.shape, 0, 'float32');
    const { graph } = emission;
    const [batch, , , channels] = x.shape as Shape4;
    const { extents, strides } = windows;
    const planes = graph.add('Reshape', [
      channelsFirst(emission, emission.name(dy)),
      graph.integers([batch * channels, 1, ...windows.outputs]),
    ]);
    const share = graph.add('Expand', [
      graph.scalar('float32', 1 / (extents[0] * extents[1])),
      graph.integers([1, 1, ...extents]),
    ]);
    const spread = uncovered(emission, graph.add('ConvTranspose', [planes, share], { strides }), windows);
    const image = graph.add('Reshape', [spread, graph.integers([batch, channels, ...windows.inputs])]);
    return restored(emission, image, x.shape);
  },
};
