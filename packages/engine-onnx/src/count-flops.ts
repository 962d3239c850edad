/**
 * Counts the floating-point operations of a step: two for each term of its matrix products and convolutions, a product and
 * a sum, and none for anything else, as the counters of PyTorch (`torch.utils.flop_counter`) and fvcore do. Nothing is
 * computed and no weight is read: the step is traced on leaves and shapes.
 */
import type { HostTensors, Leaf, Step } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { Graph } from './graph.js';
import { onSymbolicBackend } from './on-symbolic-backend.js';

/**
 * What neither an update nor an output depends on is not counted, and what is computed twice from the same values is
 * counted once.
 *
 * @param leaves of all variables that the step may read
 * @param inputs of which only shapes and types matter
 * @throws what tracing throws: KERNEL_UNSUPPORTED, STEP_READS_VALUE
 */
export function countFlops(step: Step, leaves: ReadonlyMap<string, Leaf>, inputs: HostTensors): number {
  const graph = new Graph();
  return onSymbolicBackend(graph, (backend) => {
    const tensor = (shape: readonly number[], type: tf.DataType): tf.Tensor =>
      tf.engine().makeTensorFromTensorInfo(backend.symbol(graph.name(), shape, type));
    const variables = mapValues(Object.fromEntries(leaves), ({ shape }) => tensor(shape, 'float32'));
    const { updates, outputs } = step.run(
      variables,
      mapValues(inputs, ({ shape, type }) => tensor(shape, type)),
    );
    const made = [...Object.values(updates), ...Object.values(outputs)];
    return graph.flopsOf(made.map((each) => backend.nameOf(each)));
  });
}

function mapValues<A, B>(entries: { readonly [path: string]: A }, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(entries).map(([path, value]) => [path, change(value)]));
}
