/** Kernels that pick or scatter by index. */
import * as tf from '@tensorflow/tfjs';
import { onnxTypes } from '../graph-parts.js';
import { axesOf, type Emitters, input, onnxTypeOf, size } from './kernel.js';

export const indexing: Emitters = {
  GatherV2: (emission) => {
    const x = input(emission, 'x');
    const indices = input(emission, 'indices');
    const { axis = 0, batchDims = 0 } = emission.attributes;
    const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(
      x as tf.Tensor,
      indices as tf.Tensor,
      axesOf(axis, x.shape.length)[0] as number,
      batchDims,
    );
    if (batchDims === 0) {
      const position = axesOf(axis, x.shape.length)[0] as number;
      const rows =
        position === 0 ? emission.graph.rowsOf(emission.name(x), emission.name(indices), info.outputShape) : undefined;
      if (rows !== undefined) return emission.backend.symbol(rows, info.outputShape, x.dtype);
      return emission.emit('Gather', [x, indices], info.outputShape, x.dtype, { axis: position });
    }
    // With batch dimensions: one gather over the flattened batch and axis.
    const { batchSize, outerSize, dimSize, sliceSize } = info;
    const { graph } = emission;
    const perBatch = indices.shape.slice(batchDims).reduce((product, extent) => product * extent, 1);
    const rows = graph.add('Reshape', [emission.name(indices), graph.integers([batchSize, 1, perBatch])]);
    const starts = Int32Array.from({ length: batchSize * outerSize }, (_, i) => i * dimSize);
    const offsets = graph.constant('int32', [batchSize, outerSize, 1], starts);
    const flat = graph.add('Reshape', [emission.name(x), graph.integers([batchSize * outerSize * dimSize, sliceSize])]);
    const picked = graph.add('Gather', [flat, graph.add('Add', [rows, offsets])], { axis: 0 });
    return emission.emit('Reshape', [picked, graph.integers(info.outputShape)], info.outputShape, x.dtype);
  },
  GatherNd: (emission) => {
    const params = input(emission, 'params');
    const indices = input(emission, 'indices');
    const [shape] = tf.backend_util.prepareAndValidate(params as tf.Tensor, indices as tf.Tensor);
    const wide = emission.graph.add('Cast', [emission.name(indices)], { to: onnxTypes.int64 });
    return emission.emit('GatherND', [params, wide], shape, params.dtype);
  },
  /** The gradient of gather: rows of x added up by segment. */
  UnsortedSegmentSum: (emission) => {
    const x = input(emission, 'x');
    const segments = input(emission, 'segmentIds');
    const count = emission.attributes.numSegments as number;
    const shape = [count, ...x.shape.slice(segments.shape.length)];
    const { graph } = emission;
    const inner = size(shape.slice(1));
    const rows = graph.add('Reshape', [emission.name(x), graph.integers([size(segments.shape), inner])]);
    const ids = graph.add('Reshape', [emission.name(segments), graph.integers([size(segments.shape), 1])]);
    const wide = graph.add('Cast', [ids], { to: onnxTypes.int64 });
    const zero = graph.scalar(onnxTypeOf(x.dtype) as 'float32' | 'int32', 0);
    const empty = graph.add('Expand', [zero, graph.integers([count, inner])]);
    const sums = graph.add('ScatterND', [empty, wide, rows], { reduction: 'add' });
    return emission.emit('Reshape', [sums, graph.integers(shape)], shape, x.dtype);
  },
  ScatterNd: (emission) => {
    const indices = input(emission, 'indices');
    const updates = input(emission, 'updates');
    const shape = emission.attributes.shape as number[];
    const { graph } = emission;
    const wide = graph.add('Cast', [emission.name(indices)], { to: onnxTypes.int64 });
    const zero = graph.scalar(onnxTypeOf(updates.dtype) as 'float32' | 'int32', 0);
    const empty = graph.add('Expand', [zero, graph.integers(shape)]);
    return emission.emit('ScatterND', [empty, wide, updates], shape, updates.dtype, { reduction: 'add' });
  },
  TensorScatterUpdate: (emission) => {
    const tensor = input(emission, 'tensor');
    const wide = emission.graph.add('Cast', [emission.name(input(emission, 'indices'))], { to: onnxTypes.int64 });
    return emission.emit('ScatterND', [tensor, wide, input(emission, 'updates')], tensor.shape, tensor.dtype);
  },
  OneHot: (emission) => {
    const indices = input(emission, 'indices');
    const { depth, onValue = 1, offValue = 0, dtype = 'int32' } = emission.attributes;
    const { graph } = emission;
    // ONNX' OneHot counts negative indices from the end; TensorFlow gives zeros: a comparison has the latter.
    const classes = graph.constant(
      'int32',
      [depth],
      Int32Array.from({ length: depth }, (_, i) => i),
    );
    const column = graph.add('Reshape', [emission.name(indices), graph.integers([...indices.shape, 1])]);
    const hit = graph.add('Equal', [column, classes]);
    const type = onnxTypeOf(dtype) as 'float32' | 'int32' | 'bool';
    const shape = [...indices.shape, depth];
    if (onValue === 1 && offValue === 0) return emission.emit('Cast', [hit], shape, dtype, { to: onnxTypes[type] });
    return emission.emit('Where', [hit, graph.scalar(type, onValue), graph.scalar(type, offValue)], shape, dtype);
  },
};
