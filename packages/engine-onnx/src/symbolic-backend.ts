/**
 * A TensorFlow.js backend whose kernels do not compute: they append nodes to an ONNX graph.
 *
 * Running an ordinary step on it once, autodiff and optimizer included, yields the whole step as one graph. Constants
 * keep their values until a node needs them; everything else is only a name, and reading it back is a coded error.
 */
import { InterfuseError } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import type { Graph } from './graph.js';
import type { OnnxType } from './graph-parts.js';

export const symbolicBackendName = 'interfuse-onnx';

interface Entry {
  readonly shape: readonly number[];
  readonly type: tf.DataType;
  /** Values, for constants. */
  readonly values?: tf.backend_util.BackendValues;
  /** Name in the graph, once it has one, and the graph that the name belongs to. */
  name?: string;
  graph?: Graph;
  references: number;
}

export class SymbolicBackend extends tf.KernelBackend {
  private readonly data = new tf.DataStorage<Entry>(this, tf.engine());
  private current: Graph | undefined;

  /** Traces into this graph until the callback returns. */
  trace<R>(graph: Graph, run: () => R): R {
    this.current = graph;
    try {
      return run();
    } finally {
      this.current = undefined;
    }
  }

  get graph(): Graph {
    if (this.current) return this.current;
    throw new Error('The symbolic backend was used outside of a trace.');
  }

  /** A tensor that stands for a value of the graph. */
  symbol(name: string, shape: readonly number[], type: tf.DataType): tf.TensorInfo {
    const dataId = {};
    this.data.set(dataId, { shape, type, name, graph: this.graph, references: 1 });
    return { dataId, shape: [...shape], dtype: type };
  }

  /** The name of a tensor in the graph; a constant gets one here. */
  nameOf(tensor: tf.TensorInfo): string {
    const entry = this.data.get(tensor.dataId);
    if (entry.name !== undefined && entry.graph === this.graph) return entry.name;
    const name = this.constant(entry);
    entry.name = name;
    entry.graph = this.graph;
    return name;
  }

  /** A constant of one value throughout, as autodiff makes many, is an expanded scalar: no memory in the model. */
  private constant(entry: Entry): string {
    const type = onnxTypeOf(entry.type);
    const data = constantData(entry);
    const first = data[0];
    if (first === undefined || data.length <= 16 || data.some((value) => value !== first)) {
      return this.graph.constant(type, entry.shape, data);
    }
    return this.graph.add('Expand', [
      this.graph.constant(type, [], data.slice(0, 1)),
      this.graph.integers(entry.shape),
    ]);
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], type: tf.DataType): object {
    const dataId = {};
    this.data.set(dataId, { shape, type, values, references: 1 });
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    shape: number[],
    type: tf.DataType,
    references: number,
  ): void {
    this.data.set(dataId, { shape, type, values, references });
  }

  override incRef(dataId: object): void {
    if (this.data.has(dataId)) this.data.get(dataId).references += 1;
  }

  override refCount(dataId: object): number {
    return this.data.has(dataId) ? this.data.get(dataId).references : 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.data.get(dataId);
    entry.references -= 1;
    if (!force && entry.references > 0) return false;
    this.data.delete(dataId);
    return true;
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const { values, shape } = this.data.get(dataId);
    if (values !== undefined) return values;
    throw new InterfuseError('STEP_READS_VALUE', {
      place: `a tensor [${shape.join(', ')}]`,
      expected: 'a forward pass that only combines tensors',
      got: 'a read of the values (dataSync, arraySync, print or the like)',
    });
  }

  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(dataId);
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }
}

export function onnxTypeOf(type: tf.DataType): OnnxType {
  if (type === 'float32' || type === 'int32' || type === 'bool') return type;
  throw new InterfuseError('KERNEL_UNSUPPORTED', {
    place: `a tensor of type ${type}`,
    expected: 'float32, int32 or bool',
    got: type,
  });
}

function constantData(entry: Entry): Float32Array | Int32Array | Uint8Array {
  const values = entry.values as Float32Array | Int32Array | Uint8Array;
  if (entry.type === 'bool') return Uint8Array.from(values, (value) => (value ? 1 : 0));
  return entry.type === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
}

let backend: SymbolicBackend | undefined;

/** The one symbolic backend of this process, registered with TensorFlow.js at first use. */
export function symbolicBackend(): SymbolicBackend {
  if (!backend) {
    const created = new SymbolicBackend();
    tf.registerBackend(symbolicBackendName, () => created, 0);
    backend = created;
  }
  return backend;
}
