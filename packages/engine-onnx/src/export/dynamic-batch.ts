/**
 * One graph for every batch size, from graphs that were traced at several: where they differ, and only there, the
 * number is computed from the batch size while the graph runs.
 *
 * Tracing knows only concrete shapes. Graphs of the same step at different sizes have the same nodes in the same order,
 * unless the step chooses by the size of the batch, and differ in constants: shapes, bounds, counts.
 */
import { InterfuseError } from '@interfuse/core';
import { Graph } from '../graph.js';
import type { Node as GraphNode, GraphParts, ValueInfo } from '../graph-parts.js';
import { constantNode, equalConstants, reshapeConstant, type Variants } from './batch-constants.js';
import { isConstant } from './batch-numbers.js';
import type { CapturedGraph } from './captured-graph.js';

export const batchDimension = 'batch';

/** An input or an output; an extent of `batch` is any number of samples. */
export interface ModelValue extends Omit<ValueInfo, 'shape'> {
  readonly shape: readonly (number | typeof batchDimension)[];
}

export interface GeneralGraph extends Pick<GraphParts, 'nodes' | 'constants'> {
  /** Those that the graph reads. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
}

/** A graph of one size alone: it serves batches of that size. */
export function fixedBatch({ nodes, constants, inputs, outputs }: CapturedGraph): GeneralGraph {
  return { nodes, constants: [...constants.values()], inputs: readBy(nodes, inputs), outputs };
}

/**
 * @param graphs of one step, at these sizes
 * @throws EXPORT_BATCH naming the operation that depends on the batch size in another way than a B + c
 */
export function dynamicBatch(graphs: readonly CapturedGraph[], sizes: readonly number[]): GeneralGraph {
  const [first] = graphs as [CapturedGraph];
  const inputs = first.inputs.map(({ name }, i) =>
    modelValue(
      graphs.map((graph) => graph.inputs[i]),
      `input ${name}`,
      sizes,
    ),
  );
  const outputs = first.outputs.map(({ name }, i) =>
    modelValue(
      graphs.map((graph) => graph.outputs[i]),
      `output ${name}`,
      sizes,
    ),
  );
  const read = new Set(first.nodes.flatMap((node) => node.inputs));
  const alignment = new Alignment(graphs, sizes, batchSource(inputs, read));
  const { nodes, constants } = alignment.run();
  return { nodes, constants, inputs: readBy(nodes, inputs), outputs };
}

function readBy<V extends { readonly name: string }>(nodes: readonly GraphNode[], values: readonly V[]): V[] {
  const read = new Set(nodes.flatMap((node) => node.inputs));
  return values.filter(({ name }) => read.has(name));
}

function modelValue(variants: readonly (ValueInfo | undefined)[], place: string, sizes: readonly number[]): ModelValue {
  const [first, ...others] = variants as [ValueInfo, ...(ValueInfo | undefined)[]];
  const { name, type, shape } = first;
  if (others.some((other) => other?.name !== name || other.type !== type || other.shape.length !== shape.length)) {
    throw notGeneral(place, 'the same at every batch size', 'another one');
  }
  const extents = shape.map((extent, axis) => {
    const values = (variants as ValueInfo[]).map((variant) => variant.shape[axis] as number);
    if (isConstant(values)) return extent;
    if (values.every((value, i) => value === sizes[i])) return batchDimension;
    throw notGeneral(`${place}, axis ${axis}`, 'the batch size, or one extent for all batches', values.join(', '));
  });
  return { name, type, shape: extents };
}

interface BatchSource {
  readonly input: string;
  readonly axis: number;
}

/** Where the batch size is read off: an input that the graph reads anyway, if there is one. */
function batchSource(inputs: readonly ModelValue[], read: ReadonlySet<string>): BatchSource | undefined {
  const sources = inputs.flatMap(({ name, shape }) => {
    const axis = shape.indexOf(batchDimension);
    return axis < 0 ? [] : [{ input: name, axis }];
  });
  return sources.find(({ input }) => read.has(input)) ?? sources[0];
}

class Alignment {
  /** The general graph. Inputs and variables keep their names; all other values get new ones. */
  private readonly graph = new Graph();
  /** Names in the general graph by the name that each graph has for the value. */
  private readonly known = new Map<string, string>();
  private readonly outputNames: ReadonlySet<string>;

  constructor(
    private readonly graphs: readonly CapturedGraph[],
    private readonly sizes: readonly number[],
    private readonly source: BatchSource | undefined,
  ) {
    this.outputNames = new Set(graphs[0]?.outputs.map(({ name }) => name));
  }

  run(): GraphParts {
    const [first] = this.graphs as [CapturedGraph];
    const count = first.nodes.length;
    const renamed = new Map<string, string>();
    for (let i = 0; i < count; i += 1) {
      const [node, ...others] = this.graphs.map((graph) => graph.nodes[i]) as [GraphNode, ...(GraphNode | undefined)[]];
      const names = this.node([node, ...others], `operation ${node.operation} (${i + 1} of ${count})`);
      node.outputs.forEach((name, slot) => {
        if (!this.outputNames.has(name)) return;
        // Of two outputs of one value each keeps its name; types and shapes are not looked at again.
        renamed.set(this.graph.output(names[slot] as string, 'float32', []).name, name);
      });
    }
    const parts = this.graph.parts([...renamed.keys()]);
    const name = (value: string) => renamed.get(value) ?? value;
    return {
      ...parts,
      nodes: parts.nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(name),
        outputs: node.outputs.map(name),
      })),
    };
  }

  /** Appends the node that does what these do, each at its size of batch. */
  private node([first, ...others]: readonly [GraphNode, ...(GraphNode | undefined)[]], place: string): string[] {
    for (const other of others) {
      if (describe(other) === describe(first)) continue;
      throw notGeneral(place, `${describe(first)} at every batch size`, describe(other));
    }
    const nodes = [first, ...others] as readonly GraphNode[];
    const inputs = first.inputs.map((_, slot) =>
      this.value(
        nodes.map((node) => node.inputs[slot] as string),
        { isShape: first.operation === 'Reshape' && slot === 1, place: `${place}, input ${slot + 1}` },
      ),
    );
    const { operation, domain, attributes, outputs } = first;
    const names = this.graph.node(operation, inputs, attributes, { domain, outputs: outputs.length });
    outputs.forEach((_, slot) => {
      const key = keyOf(nodes.map((node) => node.outputs[slot] as string));
      this.known.set(key, names[slot] as string);
    });
    return names;
  }

  private value(names: readonly string[], { isShape, place }: { isShape: boolean; place: string }): string {
    const constants = names.map((name, i) => this.graphs[i]?.constants.get(name));
    const areConstants = constants.every((constant) => constant !== undefined);
    // The shape of a Reshape may be written in a way that nothing else understands.
    const key = keyOf(areConstants && isShape ? [...names, 'shape'] : names);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const found = areConstants
      ? this.constant(constants as readonly unknown[] as Variants, isShape, place)
      : this.named(names, place);
    this.known.set(key, found);
    return found;
  }

  private constant(variants: Variants, isShape: boolean, place: string): string {
    const [{ type, shape, bytes }] = variants;
    if (equalConstants(variants)) return this.graph.constant(type, shape, bytes);
    const found =
      (isShape ? reshapeConstant(this.graph, variants) : undefined) ??
      constantNode(this.graph, this.batch(place), variants, this.sizes);
    if (found !== undefined) return found;
    throw notGeneral(
      place,
      'a constant that is the same at every batch size B, or whole numbers a B + c',
      `${type} [${variants.map((variant) => variant.shape.join(', ')).join('], [')}] at ${this.sizes.join(', ')} samples`,
    );
  }

  /** An input or a variable has one name in all graphs; what a node made is known by now. */
  private named(names: readonly string[], place: string): string {
    const [name] = names as [string];
    const isOutside = ({ inputs, variables, externals, held }: CapturedGraph) =>
      [variables, externals, held].some((weights) => weights.has(name)) ||
      name === '' ||
      inputs.some((input) => input.name === name);
    if (names.every((other) => other === name) && this.graphs.every(isOutside)) return name;
    throw notGeneral(place, 'the result of the same operation at every batch size', 'results of different ones');
  }

  /** The batch size, int64 [1]. */
  private batch(place: string): string {
    if (!this.source) throw notGeneral(place, 'an input with an axis of samples', 'none');
    const { input, axis } = this.source;
    return this.graph.add('Shape', [input], { start: axis, end: axis + 1 });
  }
}

function describe(node: GraphNode | undefined): string {
  if (!node) return 'no operation';
  const { operation, domain, attributes, inputs, outputs } = node;
  const counts = `${inputs.length} inputs, ${outputs.length} outputs`;
  return `${domain}${domain && '.'}${operation} with ${counts} and ${JSON.stringify(attributes)}`;
}

function keyOf(names: readonly string[]): string {
  return names.join('\n');
}

function notGeneral(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('EXPORT_BATCH', { place, expected, got });
}
