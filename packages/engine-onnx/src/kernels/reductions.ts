/** Reductions, softmax, cumulative sums and products, and selection of the largest. */
import type * as tf from '@tensorflow/tfjs';
import { onnxTypes } from '../graph-parts.js';
import { alias, axesOf, type Emission, type Emitter, type Emitters, input } from './kernel.js';

function reducedShape(shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  if (keep) return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return shape.filter((_, axis) => !axes.includes(axis));
}

function reduce(operation: string): Emitter {
  return (emission) => {
    const x = input(emission, 'x');
    const { axis, reductionIndices, keepDims = false } = emission.attributes;
    const axes = axesOf(axis ?? reductionIndices, x.shape.length);
    const shape = reducedShape(x.shape, axes, keepDims);
    if (axes.length === 0) return alias(emission, x);
    return emission.emit(operation, [x, emission.graph.integers(axes)], shape, x.dtype, { keepdims: keepDims ? 1 : 0 });
  };
}

/** All and Any: as the smallest and largest of 0 and 1. */
function logical(operation: string): Emitter {
  return (emission) => {
    const x = input(emission, 'x');
    const { axis, keepDims = false } = emission.attributes;
    const axes = axesOf(axis, x.shape.length);
    const numbers = emission.graph.add('Cast', [emission.name(x)], { to: onnxTypes.int32 });
    const reduced = emission.graph.add(operation, [numbers, emission.graph.integers(axes)], {
      keepdims: keepDims ? 1 : 0,
    });
    return emission.emit('Cast', [reduced], reducedShape(x.shape, axes, keepDims), 'bool', { to: onnxTypes.bool });
  };
}

function argument(operation: string): Emitter {
  return (emission) => {
    const x = input(emission, 'x');
    const [axis] = axesOf(emission.attributes.axis, x.shape.length) as [number];
    const found = emission.graph.add(operation, [emission.name(x)], { axis, keepdims: 0 });
    return emission.emit('Cast', [found], reducedShape(x.shape, [axis], false), 'int32', { to: onnxTypes.int32 });
  };
}

/** Running sum along an axis. */
function cumulativeSum(emission: Emission): tf.TensorInfo {
  const x = input(emission, 'x');
  const { axis, exclusive, reverse } = emission.attributes;
  const [position] = axesOf(axis, x.shape.length) as [number];
  return emission.emit('CumSum', [x, emission.graph.scalar('int64', position)], x.shape, x.dtype, {
    exclusive: exclusive ? 1 : 0,
    reverse: reverse ? 1 : 0,
  });
}

/**
 * Running product along an axis. ONNX has none: every round multiplies in the entries twice as far away, until the
 * whole axis has been seen.
 */
function cumulativeProduct(emission: Emission): tf.TensorInfo {
  const x = input(emission, 'x');
  const { exclusive, reverse } = emission.attributes;
  const [axis] = axesOf(emission.attributes.axis, x.shape.length) as [number];
  const { graph } = emission;
  const type = x.dtype === 'float32' ? 'float32' : 'int32';
  const extent = x.shape[axis] as number;
  // The entry `distance` before (or after, in reverse), one where there is none.
  const shifted = (values: string, distance: number): string => {
    const amounts = (first: number, last: number): string =>
      graph.integers([first, last].flatMap((amount) => x.shape.map((_, i) => (i === axis ? amount : 0))));
    const by = reverse ? amounts(-distance, distance) : amounts(distance, -distance);
    return graph.add('Pad', [values, by, graph.scalar(type, 1)]);
  };
  const numbers =
    x.dtype === 'bool' ? graph.add('Cast', [emission.name(x)], { to: onnxTypes.int32 }) : emission.name(x);
  let product = exclusive && extent > 0 ? shifted(numbers, 1) : numbers;
  for (let distance = 1; distance < extent; distance *= 2) {
    product = graph.add('Mul', [product, shifted(product, distance)]);
  }
  return emission.backend.symbol(product, x.shape, type);
}

export const reductions: Emitters = {
  Sum: reduce('ReduceSum'),
  Mean: reduce('ReduceMean'),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Softmax: (emission) => {
    const logits = input(emission, 'logits');
    const rank = logits.shape.length;
    const [axis] = axesOf(emission.attributes.dim ?? rank - 1, rank) as [number];
    return emission.emit('Softmax', [logits], logits.shape, logits.dtype, { axis });
  },
  Cumsum: cumulativeSum,
  Cumprod: cumulativeProduct,
  TopK: (emission) => {
    const x = input(emission, 'x');
    const { k, sorted = true } = emission.attributes;
    const { graph, backend } = emission;
    const [values, indices] = graph.node(
      'TopK',
      [emission.name(x), graph.integers([k])],
      { axis: x.shape.length - 1, largest: 1, sorted: sorted ? 1 : 0 },
      { outputs: 2 },
    ) as [string, string];
    const shape = [...x.shape.slice(0, -1), k];
    return [
      backend.symbol(values, shape, x.dtype),
      backend.symbol(graph.add('Cast', [indices], { to: onnxTypes.int32 }), shape, 'int32'),
    ];
  },
};
