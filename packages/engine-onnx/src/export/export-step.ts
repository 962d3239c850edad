/** A step and the values of its variables as a model for inference: one graph that holds its weights. */
import type { HostTensor, HostTensors, Step } from '@interfuse/core';
import type { OnnxType } from '../graph-parts.js';
import type { OnnxStore, ResidentVariable } from '../store.js';
import { type CapturedGraph, captureGraph } from './captured-graph.js';
import { dynamicBatch, fixedBatch, type GeneralGraph } from './dynamic-batch.js';
import type { InferenceModel, Initializer } from './model-file.js';

export interface ExportRequest {
  /** Updates nothing. */
  readonly step: Step;
  readonly store: OnnxStore;
  /** The inputs of a batch of this many samples. Their shapes and types count, their values do not. */
  inputs(batch: number): HostTensors | Promise<HostTensors>;
  /** Inputs that become constants with these values. */
  readonly constants: HostTensors;
  /** The only size of batch that the model takes. Default: all sizes. */
  readonly batch?: number;
}

/**
 * Inputs and outputs keep the paths that they have in the step as their names, and weights those of their variables.
 * Inputs that the outputs do not depend on are left out.
 *
 * @throws EXPORT_BATCH, and what tracing throws
 */
export async function exportStep(request: ExportRequest): Promise<InferenceModel> {
  const { step, store, constants, batch } = request;
  const sizes = batch === undefined ? await tracedSizes(request) : [batch];
  const graphs: CapturedGraph[] = [];
  for (const size of sizes) graphs.push(captureGraph(step, store, { ...(await request.inputs(size)), ...constants }));
  const [first] = graphs as [CapturedGraph];
  const general = batch === undefined ? dynamicBatch(graphs, sizes) : fixedBatch(first);
  const isFixed = ({ name }: { readonly name: string }) => name in constants;
  return {
    nodes: general.nodes,
    initializers: [...initializers(general, first, store), ...general.inputs.filter(isFixed).map(constantInput)],
    inputs: general.inputs.filter((input) => !isFixed(input)),
    outputs: general.outputs,
  };

  function constantInput({ name }: { readonly name: string }): Initializer {
    const { type, shape, data } = constants[name] as HostTensor;
    return { name, type, shape, data: bytesOf(data) };
  }
}

/**
 * Three sizes that no extent of an input or a variable is a multiple of, so that nothing fits the batch by accident;
 * the third shows whether what follows from the size is a line. From 17 on: smaller constants are written otherwise.
 */
async function tracedSizes({ store, inputs }: ExportRequest): Promise<number[]> {
  const shapes = [...Object.values(await inputs(1)), ...store.variables.values()].map(({ shape }) => shape);
  const extents = [...new Set(shapes.flat())];
  const sizes: number[] = [];
  for (let size = 17; sizes.length < 3; size += 1) {
    if (!extents.some((extent) => extent > 0 && extent % size === 0)) sizes.push(size);
  }
  return sizes;
}

function initializers(
  { nodes, constants }: GeneralGraph,
  { externals, held, variables }: CapturedGraph,
  store: OnnxStore,
) {
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const found: Initializer[] = constants.map(({ name, type, shape, bytes }) => ({ name, type, shape, data: bytes }));
  for (const [name, { type, shape, file, offset, length }] of externals) {
    if (read.has(name)) found.push({ name, type, shape, data: { file, begin: offset, byteLength: length } });
  }
  for (const [name, { type, dims, data }] of held) {
    found.push({ name, type: type as OnnxType, shape: dims, data: bytesOf(data as Uint8Array) });
  }
  for (const name of variables) {
    if (!read.has(name)) continue;
    const { shape, current } = store.variables.get(name) as ResidentVariable;
    found.push({ name, type: 'float32', shape, data: bytesOf(current.data as Float32Array) });
  }
  return found;
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
