/**
 * Convolutions, full and depthwise, with their gradients.
 *
 * ONNX' Conv wants images [B, C, H, W] and filters [O, C, h, w]; TensorFlow.js has [B, H, W, C] and [h, w, C, O]. The
 * gradient by the input is a transposed convolution; that by the filter a convolution in which batch and channels have
 * changed places, and so have strides and dilations.
 */
import * as tf from '@tensorflow/tfjs';
import { type Emission, type Emitters, filled, input, multiplyAdds, size, unsupported } from './kernel.js';
import {
  channelsBeforeBatch,
  channelsFirst,
  covered,
  type Layout,
  restored,
  transposed,
  uncovered,
  type Windows,
  windowsOf,
} from './windows.js';

type Shape4 = [number, number, number, number];

interface Convolution {
  readonly windows: Windows;
  readonly layout: Layout;
  /** Groups of channels that are convolved on their own: all channels where the convolution is depthwise. */
  readonly groups: number;
  readonly outShape: readonly number[];
  /** Products of an entry and a weight, padding included; as many in either gradient. */
  readonly terms: number;
}

function convolution(
  { attributes }: Emission,
  inputShape: readonly number[],
  filterShape: readonly number[],
  depthwise: boolean,
): Convolution {
  const { strides, pad, dimRoundingMode, dilations = 1, dataFormat = 'NHWC' } = attributes;
  const layout = dataFormat as Layout;
  if (depthwise && layout !== 'NHWC') throw unsupported('depthwise convolution', 'the layout NHWC', layout);
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    tf.backend_util.convertConv2DDataFormat(layout),
  );
  const { outShape, inChannels, filterHeight, filterWidth } = info;
  const groups = depthwise ? inChannels : 1;
  const terms = (size(outShape) * filterHeight * filterWidth * inChannels) / groups;
  return { windows: windowsOf(info), layout, groups, outShape, terms };
}

/** A filter [h, w, C, O], or [h, w, C, M] of a depthwise convolution, as [O, C, h, w] or [C * M, 1, h, w]. */
function outputsFirst(emission: Emission, filter: tf.TensorInfo, depthwise: boolean): string {
  const name = emission.name(filter);
  if (!depthwise) return transposed(emission, name, [3, 2, 0, 1]);
  const [height, width, channels, multiplier] = filter.shape as Shape4;
  const shape = emission.graph.integers([channels * multiplier, 1, height, width]);
  return emission.graph.add('Reshape', [transposed(emission, name, [2, 3, 0, 1]), shape]);
}

function forward(emission: Emission, depthwise: boolean): tf.TensorInfo {
  const x = input(emission, 'x');
  const filter = input(emission, 'filter');
  const { windows, layout, groups, outShape, terms } = convolution(emission, x.shape, filter.shape, depthwise);
  if (size(outShape) === 0) return filled(emission, outShape, 0, 'float32');
  const { strides, dilations, before, after } = windows;
  const image = channelsFirst(emission, emission.name(x), layout);
  // Where entries are left over, a convolution ignores them by itself, unless there were enough for one more window.
  const exact = after.some((amount, axis) => amount <= -(strides[axis] as number));
  const pads = exact ? [0, 0, 0, 0] : [...before, ...after.map((amount) => Math.max(amount, 0))];
  const y = emission.graph.add(
    'Conv',
    [exact ? covered(emission, image, windows, 0) : image, outputsFirst(emission, filter, depthwise)],
    { strides, dilations, pads, group: groups },
  );
  multiplyAdds(emission, y, terms);
  return restored(emission, y, outShape, layout);
}

function inputGradient(emission: Emission, depthwise: boolean): tf.TensorInfo {
  const dy = input(emission, 'dy');
  const filter = input(emission, 'filter');
  const shape = emission.attributes.inputShape as Shape4;
  const { windows, layout, groups, terms } = convolution(emission, shape, filter.shape, depthwise);
  if (size(dy.shape) === 0) return filled(emission, shape, 0, 'float32');
  const { strides, dilations } = windows;
  const spread = emission.graph.add(
    'ConvTranspose',
    [channelsFirst(emission, emission.name(dy), layout), outputsFirst(emission, filter, depthwise)],
    { strides, dilations, group: groups },
  );
  multiplyAdds(emission, spread, terms);
  return restored(emission, uncovered(emission, spread, windows), shape, layout);
}

function filterGradient(emission: Emission, depthwise: boolean): tf.TensorInfo {
  const x = input(emission, 'x');
  const dy = input(emission, 'dy');
  const shape = emission.attributes.filterShape as Shape4;
  const { windows, layout, groups, terms } = convolution(emission, x.shape, shape, depthwise);
  if (size(dy.shape) === 0) return filled(emission, shape, 0, 'float32');
  const { graph } = emission;
  const image = covered(emission, channelsBeforeBatch(emission, emission.name(x), layout), windows, 0); // [C, B, H, W]
  const slopes = channelsBeforeBatch(emission, emission.name(dy), layout); // [O, B, H', W']
  const attributes = { strides: windows.dilations, dilations: windows.strides, group: groups };
  if (!depthwise) {
    const gradient = graph.add('Conv', [image, slopes], attributes); // [C, O, h, w]
    multiplyAdds(emission, gradient, terms);
    return emission.backend.symbol(transposed(emission, gradient, [2, 3, 0, 1]), shape, 'float32');
  }
  const [height, width, channels, multiplier] = shape;
  const batch = x.shape[0] as number;
  const grouped = graph.add('Reshape', [image, graph.integers([1, channels * batch, ...windows.reach])]);
  const flat = graph.add('Conv', [grouped, slopes], attributes); // [1, C * M, h, w]
  multiplyAdds(emission, flat, terms);
  const gradient = graph.add('Reshape', [flat, graph.integers([channels, multiplier, height, width])]);
  return emission.backend.symbol(transposed(emission, gradient, [2, 3, 0, 1]), shape, 'float32');
}

export const convolutions: Emitters = {
  Conv2D: (emission) => forward(emission, false),
  Conv2DBackpropInput: (emission) => inputGradient(emission, false),
  Conv2DBackpropFilter: (emission) => filterGradient(emission, false),
  DepthwiseConv2dNative: (emission) => forward(emission, true),
  DepthwiseConv2dNativeBackpropInput: (emission) => inputGradient(emission, true),
  DepthwiseConv2dNativeBackpropFilter: (emission) => filterGradient(emission, true),
};
