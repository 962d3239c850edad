/** An ONNX graph under construction: nodes are appended as a step is traced, and only what the outputs need is kept. */
import { ProtobufWriter } from './protobuf.js';

/** Numbers of ONNX' TensorProto.DataType. */
export const onnxTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, uint32: 12, bfloat16: 16 } as const;
export type OnnxType = keyof typeof onnxTypes;

export type Attribute = number | readonly number[] | { readonly float: number } | string;

export interface Node {
  readonly operation: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface ValueInfo {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
}

export interface Constant extends ValueInfo {
  readonly bytes: Uint8Array;
}

/** A tensor whose values lie in another file, from `offset` on. */
export interface ExternalConstant extends ValueInfo {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface GraphParts {
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
  readonly externals: readonly ExternalConstant[];
}

/** Operations that read an entry only to write the same entry. */
const entryByEntry: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Where', 'Cast', 'Neg']);

export const operatorSets = { '': 18, 'com.microsoft': 1 } as const;
export const irVersion = 10;

export class Graph {
  readonly inputs: ValueInfo[] = [];
  private readonly nodes: Node[] = [];
  private readonly constants = new Map<string, Constant>();
  private readonly constantNames = new Map<string, string>();
  private readonly externals: ExternalConstant[] = [];
  /** Nodes by what they compute, so that nothing is computed twice. */
  private readonly known = new Map<string, readonly string[]>();
  private serial = 0;

  name(): string {
    this.serial += 1;
    return `t${this.serial}`;
  }

  /** Appends a node, or finds the one that computes the same; returns the names of its outputs. */
  node(
    operation: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    { domain = '', outputs = 1 } = {},
  ): string[] {
    const key = `${domain}:${operation}(${inputs.join()})${JSON.stringify(attributes)}`;
    const existing = this.known.get(key);
    if (existing) return [...existing];
    const names = Array.from({ length: outputs }, () => this.name());
    this.nodes.push({ operation, domain, inputs, outputs: names, attributes });
    this.known.set(key, names);
    return names;
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

  /** Returns the name of the constant. */
  external(constant: Omit<ExternalConstant, 'name'>): string {
    const name = this.name();
    this.externals.push({ name, ...constant });
    return name;
  }

  /** A graph output of its own, whatever else the value is used for. */
  output(source: string, type: OnnxType, shape: readonly number[]): ValueInfo {
    const name = this.name();
    this.nodes.push({ operation: 'Identity', domain: '', inputs: [source], outputs: [name], attributes: {} });
    return { name, type, shape };
  }

  /**
   * Whether the value `result` may be written over the graph input `input` while the graph runs: only if `result` depends
   * on every node that reads the input, since the order of independent nodes is the runtime's choice. The node that makes
   * the result may read the input itself if it works entry by entry.
   */
  mayOverwrite(input: string, result: string): boolean {
    const maker = this.nodes.find((node) => node.outputs.includes(result));
    if (!maker || (maker.inputs.includes(input) && !entryByEntry.has(maker.operation))) return false;
    const ancestors = this.needed([result]);
    return this.nodes
      .filter((node) => node.inputs.includes(input))
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
  private needed(outputs: readonly string[]): Set<string> {
    const producer = new Map<string, Node>();
    for (const node of this.nodes) for (const output of node.outputs) producer.set(output, node);
    const needed = new Set<string>();
    const open = [...outputs];
    while (open.length > 0) {
      const name = open.pop() as string;
      if (needed.has(name)) continue;
      needed.add(name);
      const node = producer.get(name);
      if (node) open.push(...node.inputs);
    }
    return needed;
  }

  /** What these values are made of: the nodes in order, and the constants that they read. */
  parts(outputs: readonly string[]): GraphParts {
    const needed = this.needed(outputs);
    return {
      nodes: this.nodes.filter((node) => node.outputs.some((output) => needed.has(output))),
      constants: [...this.constants.values()].filter(({ name }) => needed.has(name)),
      externals: this.externals.filter(({ name }) => needed.has(name)),
    };
  }

  /** The model with these outputs, and the inputs that it really has. */
  serialise(outputs: readonly ValueInfo[]): { model: Uint8Array; inputs: ValueInfo[]; nodes: number } {
    const needed = this.needed(outputs.map((output) => output.name));
    const nodes = this.nodes.filter((node) => node.outputs.some((output) => needed.has(output)));
    const inputs = this.inputs.filter((input) => needed.has(input.name));
    const writer = new ProtobufWriter();
    writer.integer(1, irVersion);
    writer.message(7, (graph) => {
      for (const node of nodes) graph.message(1, (message) => writeNode(message, node));
      graph.text(2, 'step');
      for (const constant of this.constants.values()) {
        if (needed.has(constant.name)) graph.message(5, (message) => writeConstant(message, constant));
      }
      for (const external of this.externals) {
        if (needed.has(external.name)) graph.message(5, (message) => writeExternal(message, external));
      }
      for (const input of inputs) graph.message(11, (message) => writeValueInfo(message, input));
      for (const output of outputs) graph.message(12, (message) => writeValueInfo(message, output));
    });
    for (const [domain, version] of Object.entries(operatorSets)) {
      writer.message(8, (message) => {
        message.text(1, domain);
        message.integer(2, version);
      });
    }
    return { model: writer.finish(), inputs, nodes: nodes.length };
  }
}

export function writeNode(message: ProtobufWriter, node: Node): void {
  for (const input of node.inputs) message.text(1, input);
  for (const output of node.outputs) message.text(2, output);
  message.text(3, node.outputs[0] as string);
  message.text(4, node.operation);
  for (const [name, value] of Object.entries(node.attributes)) {
    message.message(5, (attribute) => writeAttribute(attribute, name, value));
  }
  if (node.domain !== '') message.text(7, node.domain);
}

function writeAttribute(message: ProtobufWriter, name: string, value: Attribute): void {
  message.text(1, name);
  if (typeof value === 'number') {
    message.integer(3, value);
    message.integer(20, 2);
  } else if (typeof value === 'string') {
    message.text(4, value);
    message.integer(20, 3);
  } else if ('float' in value) {
    message.float(2, value.float);
    message.integer(20, 1);
  } else {
    for (const entry of value) message.integer(8, entry);
    message.integer(20, 7);
  }
}

function writeConstant(message: ProtobufWriter, constant: Constant): void {
  for (const extent of constant.shape) message.integer(1, extent);
  message.integer(2, onnxTypes[constant.type]);
  message.text(8, constant.name);
  message.bytes(9, constant.bytes);
}

function writeExternal(message: ProtobufWriter, external: ExternalConstant): void {
  for (const extent of external.shape) message.integer(1, extent);
  message.integer(2, onnxTypes[external.type]);
  message.text(8, external.name);
  const entries = { location: external.file, offset: String(external.offset), length: String(external.length) };
  for (const [key, value] of Object.entries(entries)) {
    message.message(13, (entry) => {
      entry.text(1, key);
      entry.text(2, value);
    });
  }
  message.integer(14, 1); // EXTERNAL
}

function writeValueInfo(message: ProtobufWriter, info: ValueInfo): void {
  message.text(1, info.name);
  message.message(2, (type) => {
    type.message(1, (tensor) => {
      tensor.integer(1, onnxTypes[info.type]);
      tensor.message(2, (shape) => {
        for (const extent of info.shape) shape.message(1, (dimension) => dimension.integer(1, extent));
      });
    });
  });
}
