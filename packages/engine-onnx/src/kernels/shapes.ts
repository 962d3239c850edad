/** Kernels that move values without computing: shapes, slices, joins, padding, and constants. */
import * as tf from '@tensorflow/tfjs';
import { onnxTypes } from '../graph-parts.js';
import { alias, axesOf, type Emission, type Emitter, type Emitters, filled, input, size } from './kernel.js';

function reshape(emission: Emission, x: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  if (String(shape) === String(x.shape)) return alias(emission, x);
  return emission.emit('Reshape', [x, emission.graph.integers(shape)], shape, x.dtype, { allowzero: 1 });
}

function slice(
  emission: Emission,
  x: tf.TensorInfo,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): tf.TensorInfo {
  const { graph } = emission;
  const axes = begin.map((_, axis) => axis);
  // Going backwards, an end before the first entry cannot be written as a plain index.
  const ends = end.map((stop, axis) =>
    (strides[axis] as number) < 0 && stop < 0 ? -1 - (x.shape[axis] as number) : stop,
  );
  return emission.emit(
    'Slice',
    [x, graph.integers(begin), graph.integers(ends), graph.integers(axes), graph.integers(strides)],
    shape,
    x.dtype,
  );
}

/** Bool tensors go through int32 for operations that ONNX Runtime has for numbers only. */
function asNumbers(emission: Emission, x: tf.TensorInfo, run: (x: tf.TensorInfo) => tf.TensorInfo): tf.TensorInfo {
  if (x.dtype !== 'bool') return run(x);
  const numbers = run(emission.emit('Cast', [x], x.shape, 'int32', { to: onnxTypes.int32 }));
  return emission.emit('Cast', [numbers], numbers.shape, 'bool', { to: onnxTypes.bool });
}

function concat(emission: Emission, tensors: readonly tf.TensorInfo[], axis: number): tf.TensorInfo {
  const full = tensors.filter((tensor) => size(tensor.shape) > 0);
  const parts = full.length > 0 ? full : tensors.slice(0, 1);
  const first = parts[0] as tf.TensorInfo;
  const shape = first.shape.map((extent, i) =>
    i === axis ? parts.reduce((sum, part) => sum + (part.shape[axis] as number), 0) : extent,
  );
  return emission.emit('Concat', parts, shape, first.dtype, { axis });
}

const split: Emitter = (emission) => {
  const x = input(emission, 'x');
  const [axis] = axesOf(emission.attributes.axis, x.shape.length) as [number];
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, emission.attributes.numOrSizeSplits, axis);
  const names = emission.graph.node(
    'Split',
    [emission.name(x), emission.graph.integers(sizes)],
    { axis },
    { outputs: sizes.length },
  );
  return names.map((name, i) =>
    emission.backend.symbol(
      name,
      x.shape.map((extent, position) => (position === axis ? (sizes[i] as number) : extent)),
      x.dtype,
    ),
  );
};

export const shapes: Emitters = {
  Reshape: (emission) => {
    const x = input(emission, 'x');
    return reshape(emission, x, tf.util.inferFromImplicitShape(emission.attributes.shape, size(x.shape)));
  },
  ExpandDims: (emission) => {
    const x = input(emission, 'input');
    const { dim } = emission.attributes;
    const position = dim < 0 ? dim + x.shape.length + 1 : dim;
    return reshape(emission, x, [...x.shape.slice(0, position), 1, ...x.shape.slice(position)]);
  },
  Transpose: (emission) => {
    const x = input(emission, 'x');
    const perm = emission.attributes.perm as number[];
    return emission.backend.symbol(
      emission.graph.transpose(emission.name(x), perm),
      perm.map((axis) => x.shape[axis] as number),
      x.dtype,
    );
  },
  Slice: (emission) => {
    const x = input(emission, 'x');
    const [begin, extent] = tf.slice_util.parseSliceParams(
      x as tf.Tensor,
      emission.attributes.begin,
      emission.attributes.size,
    ) as [number[], number[]];
    const end = begin.map((start, axis) => start + (extent[axis] as number));
    return slice(
      emission,
      x,
      begin,
      end,
      begin.map(() => 1),
      extent,
    );
  },
  StridedSlice: (emission) => {
    const x = input(emission, 'x');
    const a = emission.attributes;
    const info = tf.slice_util.sliceInfo(
      x.shape,
      a.begin,
      a.end,
      a.strides,
      a.beginMask,
      a.endMask,
      a.ellipsisMask,
      a.newAxisMask,
      a.shrinkAxisMask,
    );
    const extents = info.begin.map((begin, axis) =>
      Math.max(Math.ceil(((info.end[axis] as number) - begin) / (info.strides[axis] as number)), 0),
    );
    const sliced = slice(emission, x, info.begin, info.end, info.strides, extents);
    return reshape(emission, sliced, info.finalShape);
  },
  Concat: (emission) => {
    const tensors = Object.values(emission.inputs);
    const [axis] = axesOf(emission.attributes.axis, (tensors[0] as tf.TensorInfo).shape.length) as [number];
    return concat(emission, tensors, axis);
  },
  Pack: (emission) => {
    const tensors = Object.values(emission.inputs);
    const first = tensors[0] as tf.TensorInfo;
    const position =
      emission.attributes.axis < 0 ? emission.attributes.axis + first.shape.length + 1 : emission.attributes.axis;
    const shape = [...first.shape.slice(0, position), 1, ...first.shape.slice(position)];
    return concat(
      emission,
      tensors.map((tensor) => reshape(emission, tensor, shape)),
      position,
    );
  },
  Unpack: (emission) => {
    const value = input(emission, 'value');
    const [axis] = axesOf(emission.attributes.axis, value.shape.length) as [number];
    const shape = value.shape.filter((_, i) => i !== axis);
    const count = value.shape[axis] as number;
    const names = emission.graph.node(
      'Split',
      [emission.name(value), emission.graph.integers(new Array<number>(count).fill(1))],
      { axis },
      { outputs: count },
    );
    const part = value.shape.map((extent, i) => (i === axis ? 1 : extent));
    return names.map((name) => reshape(emission, emission.backend.symbol(name, part, value.dtype), shape));
  },
  SplitV: split,
  PadV2: (emission) => {
    const x = input(emission, 'x');
    const { paddings, constantValue } = emission.attributes as { paddings: [number, number][]; constantValue: number };
    const shape = x.shape.map(
      (extent, i) => extent + (paddings[i] as [number, number])[0] + (paddings[i] as [number, number])[1],
    );
    const amounts = [...paddings.map((pair) => pair[0]), ...paddings.map((pair) => pair[1])];
    return asNumbers(emission, x, (numbers) =>
      emission.emit(
        'Pad',
        [
          numbers,
          emission.graph.integers(amounts),
          emission.graph.scalar(numbers.dtype === 'int32' ? 'int32' : 'float32', constantValue),
        ],
        shape,
        numbers.dtype,
      ),
    );
  },
  Tile: (emission) => {
    const x = input(emission, 'x');
    const reps = emission.attributes.reps as number[];
    const shape = x.shape.map((extent, i) => extent * (reps[i] as number));
    // Where only extents of 1 are repeated, expanding does the same without a copy per axis.
    const expands = x.shape.every((extent, i) => extent === 1 || reps[i] === 1);
    return emission.emit(
      expands ? 'Expand' : 'Tile',
      [x, emission.graph.integers(expands ? shape : reps)],
      shape,
      x.dtype,
    );
  },
  Reverse: (emission) => {
    const x = input(emission, 'x');
    const axes = axesOf(emission.attributes.dims, x.shape.length);
    if (axes.length === 0) return alias(emission, x);
    const { graph } = emission;
    const starts = axes.map(() => -1);
    const ends = axes.map((axis) => -1 - (x.shape[axis] as number));
    return emission.emit(
      'Slice',
      [x, graph.integers(starts), graph.integers(ends), graph.integers(axes), graph.integers(starts)],
      x.shape,
      x.dtype,
    );
  },
  Fill: (emission) => {
    const { shape, value, dtype } = emission.attributes;
    return filled(emission, shape, value, dtype ?? 'float32');
  },
  ZerosLike: (emission) => {
    const x = input(emission, 'x');
    return filled(emission, x.shape, 0, x.dtype);
  },
  OnesLike: (emission) => {
    const x = input(emission, 'x');
    return filled(emission, x.shape, 1, x.dtype);
  },
  Range: (emission) => {
    const { start, stop, step, dtype } = emission.attributes;
    const count = Math.max(Math.ceil((stop - start) / step), 0);
    const values = Array.from({ length: count }, (_, i) => start + i * step);
    const data = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    return emission.backend.symbol(
      emission.graph.constant(dtype === 'int32' ? 'int32' : 'float32', [count], data),
      [count],
      dtype,
    );
  },
};
