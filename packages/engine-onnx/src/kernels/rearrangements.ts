/** Kernels that put values elsewhere: mirrored padding, diagonals, blocks of space, and evenly spaced numbers. */
import * as tf from '@tensorflow/tfjs';
import { alias, call, type Emission, type Emitters, filled, input, onnxTypeOf, size, unsupported } from './kernel.js';
import { shapes } from './shapes.js';

const reshape = (emission: Emission, x: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo =>
  call(emission, shapes.Reshape, { x }, { shape });

const transpose = (emission: Emission, x: tf.TensorInfo, perm: readonly number[]): tf.TensorInfo =>
  call(emission, shapes.Transpose, { x }, { perm });

export const rearrangements: Emitters = {
  /** Entry by entry as TensorFlow.js counts them: `reflect` leaves the border itself out, `symmetric` repeats it. */
  MirrorPad: (emission) => {
    const { paddings, mode } = emission.attributes as { paddings: [number, number][]; mode: 'reflect' | 'symmetric' };
    const border = mode === 'reflect' ? 0 : 1;
    let x = input(emission, 'x');
    for (const [axis, [before, after]] of paddings.entries()) {
      if (before === 0 && after === 0) continue;
      const extent = x.shape[axis] as number;
      const last = (extent - 1) * 2 + border;
      const from = Int32Array.from({ length: before + extent + after }, (_, i) => {
        const position = i - before;
        if (position < 0) return -position - border;
        return position < extent ? position : last - position;
      });
      const shape = x.shape.map((own, i) => (i === axis ? from.length : own));
      x = emission.emit('Gather', [x, emission.graph.constant('int32', [from.length], from)], shape, x.dtype, { axis });
    }
    return alias(emission, x);
  },
  /** The entries of x on the diagonal of a matrix over all its positions. */
  Diag: (emission) => {
    const x = input(emission, 'x');
    const count = size(x.shape);
    const { graph } = emission;
    const shape = [...x.shape, ...x.shape];
    if (count === 0) return filled(emission, shape, 0, x.dtype);
    const diagonal = Uint8Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0));
    const square = emission.emit(
      'Where',
      [
        graph.constant('bool', [count, count], diagonal),
        reshape(emission, x, [1, count]),
        graph.scalar(onnxTypeOf(x.dtype) as 'float32' | 'int32' | 'bool', 0),
      ],
      [count, count],
      x.dtype,
    );
    return reshape(emission, square, shape);
  },
  LinSpace: (emission) => {
    const { start, stop, num } = emission.attributes as { start: number; stop: number; num: number };
    const values = new Float32Array(num);
    const step = (stop - start) / (num - 1);
    // Each from the one before, rounded, as in TensorFlow.js.
    values.forEach((_, i) => {
      values[i] = i === 0 ? start : (values[i - 1] as number) + step;
    });
    return emission.backend.symbol(emission.graph.constant('float32', [num], values), [num], 'float32');
  },
  SpaceToBatchND: (emission) => {
    const { blockShape, paddings } = emission.attributes as { blockShape: number[]; paddings: [number, number][] };
    const x = input(emission, 'x');
    const rest = x.shape.slice(1 + blockShape.length).map(() => [0, 0]);
    const padded = call(emission, shapes.PadV2, { x }, { paddings: [[0, 0], ...paddings, ...rest], constantValue: 0 });
    const { getReshaped, getPermuted, getReshapedPermuted } = tf.backend_util;
    const blocks = getReshaped(padded.shape, blockShape, size(blockShape), false);
    const perm = getPermuted(blocks.length, blockShape.length, false);
    const shape = getReshapedPermuted(padded.shape, blockShape, size(blockShape), false);
    return reshape(emission, transpose(emission, reshape(emission, padded, blocks), perm), shape);
  },
  BatchToSpaceND: (emission) => {
    const { blockShape, crops } = emission.attributes as { blockShape: number[]; crops: number[][] };
    const x = input(emission, 'x');
    const { getReshaped, getPermuted, getReshapedPermuted, getSliceBeginCoords, getSliceSize } = tf.backend_util;
    const blocks = getReshaped(x.shape, blockShape, size(blockShape));
    const perm = getPermuted(blocks.length, blockShape.length);
    const shape = getReshapedPermuted(x.shape, blockShape, size(blockShape));
    const whole = reshape(emission, transpose(emission, reshape(emission, x, blocks), perm), shape);
    const begin = getSliceBeginCoords(crops, blockShape.length);
    return call(emission, shapes.Slice, { x: whole }, { begin, size: getSliceSize(shape, crops, blockShape.length) });
  },
  /** Channels in blocks of space, for images [B, H, W, C]. */
  DepthToSpace: (emission) => {
    const { blockSize, dataFormat } = emission.attributes as { blockSize: number; dataFormat: string };
    if (dataFormat !== 'NHWC') throw unsupported('DepthToSpace', 'the layout NHWC', dataFormat);
    const x = input(emission, 'x');
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const depth = channels / blockSize ** 2;
    const blocks = reshape(emission, x, [batch, height, width, blockSize, blockSize, depth]);
    const spread = transpose(emission, blocks, [0, 1, 3, 2, 4, 5]); // [B, H, block, W, block, depth]
    return reshape(emission, spread, [batch, height * blockSize, width * blockSize, depth]);
  },
};
