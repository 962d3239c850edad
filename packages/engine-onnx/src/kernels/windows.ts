/** Sliding windows over images: their geometry, and the way between TensorFlow.js' layouts and that of ONNX (NCHW). */
import type * as tf from '@tensorflow/tfjs';
import type { Emission } from './kernel.js';

export type Layout = 'NHWC' | 'NCHW';

/** Numbers per spatial axis: height, width. */
type Pair = readonly [number, number];

export interface Windows {
  readonly inputs: Pair;
  readonly outputs: Pair;
  readonly extents: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly before: Pair;
  /** Padding after the last entry such that the last window ends there; negative for entries that no window reaches. */
  readonly after: Pair;
  /** Entries that the windows cover, padding included. */
  readonly reach: Pair;
}

export function windowsOf(info: tf.backend_util.Conv2DInfo): Windows {
  const inputs: Pair = [info.inHeight, info.inWidth];
  const outputs: Pair = [info.outHeight, info.outWidth];
  const extents: Pair = [info.filterHeight, info.filterWidth];
  const strides: Pair = [info.strideHeight, info.strideWidth];
  const dilations: Pair = [info.dilationHeight, info.dilationWidth];
  const before: Pair = [info.padInfo.top, info.padInfo.left];
  const reach = (axis: 0 | 1): number =>
    (outputs[axis] - 1) * strides[axis] + (extents[axis] - 1) * dilations[axis] + 1;
  const after = (axis: 0 | 1): number => reach(axis) - inputs[axis] - before[axis];
  return {
    inputs,
    outputs,
    extents,
    strides,
    dilations,
    before,
    after: [after(0), after(1)],
    reach: [reach(0), reach(1)],
  };
}

/** Pads the last two axes; negative amounts cut entries off. */
function pad({ graph }: Emission, x: string, before: Pair, after: Pair, value: number): string {
  if ([...before, ...after].every((amount) => amount === 0)) return x;
  const amounts = graph.integers([0, 0, ...before, 0, 0, ...after]);
  return graph.add('Pad', [x, amounts, graph.scalar('float32', value)]);
}

/** Exactly the entries that the windows cover, `value` where they reach beyond x. */
export const covered = (emission: Emission, x: string, { before, after }: Windows, value: number): string =>
  pad(emission, x, before, after, value);

/** The way back: from the entries that the windows cover to the image, zero where no window reaches. */
export const uncovered = (emission: Emission, x: string, { before, after }: Windows): string =>
  pad(emission, x, [-before[0], -before[1]], [-after[0], -after[1]], 0);

export function transposed({ graph }: Emission, x: string, perm: readonly number[]): string {
  return perm.every((axis, i) => axis === i) ? x : graph.add('Transpose', [x], { perm });
}

/** [B, H, W, C] or [B, C, H, W] as [B, C, H, W]. */
export const channelsFirst = (emission: Emission, x: string, layout: Layout = 'NHWC'): string =>
  transposed(emission, x, layout === 'NHWC' ? [0, 3, 1, 2] : [0, 1, 2, 3]);

/** [B, H, W, C] or [B, C, H, W] as [C, B, H, W]. */
export const channelsBeforeBatch = (emission: Emission, x: string, layout: Layout = 'NHWC'): string =>
  transposed(emission, x, layout === 'NHWC' ? [3, 0, 1, 2] : [1, 0, 2, 3]);

/** [B, C, H, W] in the layout of the kernel, as its result. */
export function restored(
  emission: Emission,
  x: string,
  shape: readonly number[],
  layout: Layout = 'NHWC',
): tf.TensorInfo {
  const name = transposed(emission, x, layout === 'NHWC' ? [0, 2, 3, 1] : [0, 1, 2, 3]);
  return emission.backend.symbol(name, shape, 'float32');
}
