/** An ONNX graph under construction: nodes are appended as a step is traced, and only what the outputs need is kept. */
import {
  type Attribute,
  type Constant,
  type ExternalConstant,
  type GraphParts,
  type Node,
  nameOf,
  type OnnxType,
  type ValueInfo,
} from './graph-parts.js';
import { irVersion, operatorSets, writeConstant, writeExternal, writeNode, writeValueInfo } from './onnx-messages.js';
import { ProtobufWriter } from './protobuf.js';

/** Operations that read an entry only to write the same entry. */
const entryByEntry: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Where', 'Cast', 'Neg']);

/** Makes nodes that read rows of a weight, [..., columns] of this shape; returns their name. */
export type RowReader = (indices: string, shape: readonly number[]) => string;

export class Graph {
  readonly inputs: ValueInfo[] = [];
  private readonly nodes: Node[] = [];
  private readonly constants = new Map<string, Constant>();
  private readonly constantNames = new Map<string, string>();
  private readonly externals: ExternalConstant[] = [];
  /** Nodes by what they compute, so that nothing is computed twice. */
  private readonly known = new Map<string, readonly string[]>();
  private readonly makers = new Map<string, Node>();
  private readonly outputs = new Set<string>();
  private readonly widenedWeights = new Map<string, RowReader | undefined>();
  /** Floating-point operations of products and convolutions, by the value that they make. */
  private readonly flops = new Map<string, number>();
  private serial = 0;

  name(): string {
    this.serial += 1;
    return `t${this.serial}`;
  }

  /** Appends a node, or finds the one that computes the same; returns the names of its outputs. */
  node(
    operation: string,
    given: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    { domain = '', outputs = 1 } = {},
  ): string[] {
    const inputs = operation === 'Reshape' ? this.withoutReshape(given) : given;
    const key = `${domain}:${operation}(${inputs.join()})${JSON.stringify(attributes)}`;
    const existing = this.known.get(key);
    if (existing) return [...existing];
    const names = Array.from({ length: outputs }, () => this.name());
    this.append({ operation, domain, inputs, outputs: names, attributes });
    this.known.set(key, names);
    return names;
  }

  private append(node: Node): void {
    this.nodes.push(node);
    for (const output of node.outputs) this.makers.set(output, node);
  }

  /** A value in another shape may be taken in yet another shape from where it came. */
  private withoutReshape([source, ...shape]: readonly string[]): string[] {
    const maker = this.makers.get(source as string);
    return [maker?.operation === 'Reshape' ? (maker.inputs[0] as string) : (source as string), ...shape];
  }

  /** The matrix that this value is the transpose of, where it is one. */
  transposed(value: string): string | undefined {
    const maker = this.makers.get(value);
    return maker?.operation === 'Transpose' && String(maker.attributes.perm) === '1,0' ? maker.inputs[0] : undefined;
  }

  /** The axes of a value in another order; two changes of the order are one, and may be none. */
  transpose(source: string, order: readonly number[]): string {
    const maker = this.makers.get(source);
    if (maker?.operation === 'Transpose') {
      const before = maker.attributes.perm as readonly number[];
      return this.transpose(
        maker.inputs[0] as string,
        order.map((axis) => before[axis] as number),
      );
    }
    return order.every((axis, i) => axis === i) ? source : this.add('Transpose', [source], { perm: order });
  }

  /** A node with one output. */
  add(
    operation: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): string {
    return this.node(operation, inputs, attributes, { domain })[0] as string;
  }

  input(info: ValueInfo): void {
    this.inputs.push(info);
  }

  /** Returns the name of the constant: one for each place in a file, however many variables are stored there. */
  external(constant: Omit<ExternalConstant, 'name'>): string {
    const { file, offset, type, shape } = constant;
    const known = this.externals.find(
      (other) =>
        other.file === file && other.offset === offset && other.type === type && `${other.shape}` === `${shape}`,
    );
    if (known) return known.name;
    const name = this.name();
    this.externals.push({ name, ...constant });
    return name;
  }

  /** A graph output of its own, whatever else the value is used for: a copy only where it is an input or an output already. */
  output(source: string, type: OnnxType, shape: readonly number[]): ValueInfo {
    const isFree = this.makers.has(source) && !this.outputs.has(source);
    const name = isFree ? source : this.name();
    if (!isFree) this.append({ operation: 'Identity', domain: '', inputs: [source], outputs: [name], attributes: {} });
    this.outputs.add(name);
    return { name, type, shape };
  }

  /**
   * Whether the value `result` may be written over the graph input `input` while the graph runs: only if `result` depends
   * on every node that reads the input, since the order of independent nodes is the runtime's choice. The node that makes
   * the result may read the input itself if it works entry by entry.
   *
   * @param live names of all values that the graph computes: what reads the input for nothing is left out of the model
   */
  mayOverwrite(input: string, result: string, live: ReadonlySet<string>): boolean {
    const maker = this.makers.get(result);
    if (!maker || (maker.inputs.includes(input) && !entryByEntry.has(maker.operation))) return false;
    const ancestors = this.needed([result]);
    return this.nodes
      .filter((node) => node.inputs.includes(input) && node.outputs.some((output) => live.has(output)))
      .every((node) => node.outputs.some((output) => ancestors.has(output)));
  }

  constant(type: OnnxType, shape: readonly number[], data: ArrayBufferView): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = bytes.byteLength <= 64 ? `${type}[${shape.join()}]${bytes.join()}` : undefined;
    const known = key === undefined ? undefined : this.constantNames.get(key);
    if (known !== undefined) return known;
    const name = this.name();
    this.constants.set(name, { name, type, shape, bytes });
    if (key !== undefined) this.constantNames.set(key, name);
    return name;
  }

  /** A vector of int64, the type of ONNX' shapes, axes and bounds. */
  integers(values: readonly number[]): string {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  scalar(type: 'float32' | 'int32' | 'int64' | 'uint32' | 'bool', value: number): string {
    const data = {
      float32: () => Float32Array.of(value),
      int32: () => Int32Array.of(value),
      int64: () => BigInt64Array.of(BigInt(value)),
      uint32: () => Uint32Array.of(value),
      bool: () => Uint8Array.of(value),
    }[type]();
    return this.constant(type, [], data);
  }

  /** Names of all values that these values depend on, themselves included. */
  needed(outputs: readonly string[]): Set<string> {
    const needed = new Set<string>();
    const open = [...outputs];
    while (open.length > 0) {
      const name = open.pop() as string;
      if (needed.has(name)) continue;
      needed.add(name);
      const node = this.makers.get(name);
      if (node) open.push(...node.inputs);
    }
    return needed;
  }

  /** Says how many floating-point operations the product or convolution takes that makes this value. */
  takes(value: string, flops: number): void {
    this.flops.set(value, flops);
  }

  /** Floating-point operations of all products and convolutions that these values depend on. */
  flopsOf(outputs: readonly string[]): number {
    const needed = this.needed(outputs);
    return [...this.flops].reduce((sum, [value, flops]) => (needed.has(value) ? sum + flops : sum), 0);
  }

  /** What these values are made of: the nodes in order, and the constants and inputs that they read. */
  parts(outputs: readonly string[]): GraphParts {
    const needed = this.needed(outputs);
    return {
      nodes: this.nodes.filter((node) => node.outputs.some((output) => needed.has(output))),
      constants: [...this.constants.values()].filter(({ name }) => needed.has(name)),
      externals: this.externals.filter(({ name }) => needed.has(name)),
      inputs: this.inputs.filter(({ name }) => needed.has(name)),
    };
  }

  /**
   * Says that a value is a frozen weight in single precision, made by nodes of its own out of what is stored or held.
   *
   * @param rows makes some of its rows alone: [..., columns] of this shape, by their indices
   */
  widened(weight: string, rows?: RowReader): void {
    this.widenedWeights.set(weight, rows);
  }

  /** Some rows of a weight that are read without the others, where that is possible. */
  rowsOf(weight: string, indices: string, shape: readonly number[]): string | undefined {
    return this.widenedWeights.get(weight)?.(indices, shape);
  }

  /**
   * From now on every reader of a widened weight widens it for itself, right before it reads, so that one weight at a time
   * is in memory in single precision instead of all of them.
   *
   * Of the inputs of a node the runtime computes those first whose nodes come last in the model: what widens comes first.
   */
  widenForEachReader(): void {
    const chains = new Map([...this.widenedWeights.keys()].map((weight) => [weight, this.parts([weight]).nodes]));
    const widening = new Set([...chains.values()].flat());
    const own = (name: string): string => this.copy(chains.get(name) ?? [], name);
    const others: Node[] = [];
    for (const node of this.nodes.splice(0)) {
      others.push(widening.has(node) ? node : { ...node, inputs: node.inputs.map(own) });
    }
    for (const node of others) this.append(node);
  }

  /** Appends nodes once more, with outputs of their own; returns the new name of a value. */
  private copy(nodes: readonly Node[], value: string): string {
    const names = new Map<string, string>();
    const renamed = (name: string): string => names.get(name) ?? name;
    for (const node of nodes) {
      const inputs = node.inputs.map(renamed);
      for (const output of node.outputs) names.set(output, this.name());
      this.append({ ...node, inputs, outputs: node.outputs.map(renamed) });
    }
    return renamed(value);
  }

  /** The model with these outputs, the inputs that it really has, and the names of its nodes by kind of operation. */
  serialise(outputs: readonly ValueInfo[]): {
    model: Uint8Array;
    inputs: readonly ValueInfo[];
    nodes: number;
    operations: Map<string, string[]>;
  } {
    const { nodes, constants, externals, inputs } = this.parts(outputs.map((output) => output.name));
    const operations = new Map<string, string[]>();
    for (const node of nodes) {
      const names = operations.get(node.operation) ?? [];
      names.push(nameOf(node));
      operations.set(node.operation, names);
    }
    const writer = new ProtobufWriter();
    writer.integer(1, irVersion);
    writer.message(7, (graph) => {
      for (const node of nodes) graph.message(1, (message) => writeNode(message, node));
      graph.text(2, 'step');
      for (const constant of constants) graph.message(5, (message) => writeConstant(message, constant));
      for (const external of externals) graph.message(5, (message) => writeExternal(message, external));
      for (const input of inputs) graph.message(11, (message) => writeValueInfo(message, input));
      for (const output of outputs) graph.message(12, (message) => writeValueInfo(message, output));
    });
    for (const [domain, version] of Object.entries(operatorSets)) {
      writer.message(8, (message) => {
        message.text(1, domain);
        message.integer(2, version);
      });
    }
    return { model: writer.finish(), inputs, nodes: nodes.length, operations };
  }
}
