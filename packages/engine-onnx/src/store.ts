/** Variables of the compiled engine: resident and held ones live in one buffer each; other frozen weights stay in their files. */
import { type HostTensors, InterfuseError, type Leaf, type Precision, type Store } from '@interfuse/core';
import { initialValues, leafSize } from '@interfuse/nn';
import {
  assertFinite,
  type EncodedType,
  findStoredLeaf,
  type HeldValues,
  holdLeaf,
  isMapped,
  isStored,
  LeafFiles,
  readHeldLeaf,
  readStoredLeaf,
  reducedPrecision,
  type StoredLeaf,
  widen,
} from '@interfuse/safetensors';
import { Tensor } from 'onnxruntime-node';
import { SharedWeights } from './shared-weights.js';
import { type HeldTensors, heldTensors } from './weights.js';

/** A frozen weight that ONNX Runtime maps straight from its file. */
export interface ExternalVariable {
  readonly kind: 'external';
  /** Shape of the leaf. */
  readonly shape: readonly number[];
  readonly leaf: StoredLeaf;
  readonly file: string;
  readonly type: EncodedType;
  /** The file holds the transpose of the leaf. */
  readonly transposed: boolean;
  readonly begin: number;
  readonly end: number;
}

export interface ResidentVariable {
  readonly kind: 'resident';
  readonly shape: readonly number[];
  /** The current values; `spare` takes the next ones where a program cannot update in place. */
  current: Tensor;
  spare?: Tensor;
}

/** A frozen weight in fewer bits than single precision, which every program reads where it lies. */
export interface HeldVariable {
  readonly kind: 'held';
  readonly shape: readonly number[];
  readonly held: HeldValues;
  readonly tensors: HeldTensors;
}

export type Variable = ExternalVariable | HeldVariable | ResidentVariable;

/** Types that ONNX Runtime casts from by itself. */
const mappable: readonly EncodedType[] = ['F32', 'F16', 'BF16'];

/** The types of files that hold a precision as it is wanted. */
const storedTypes: Partial<Record<Precision, EncodedType>> = { float32: 'F32', float16: 'F16' };

export function floatTensor(data: Float32Array, shape: readonly number[]): Tensor {
  return new Tensor('float32', data, shape);
}

export class OnnxStore implements Store {
  readonly variables = new Map<string, Variable>();

  /** @param shared among all stores of an engine */
  constructor(private readonly shared = new SharedWeights()) {}

  get paths(): readonly string[] {
    return [...this.variables.keys()];
  }

  async allocate(leaves: ReadonlyMap<string, Leaf>, seed: number): Promise<void> {
    const files = new LeafFiles();
    try {
      for (const [path, leaf] of leaves) {
        this.variables.set(path, await variable(path, leaf, seed, files, this.shared));
      }
    } finally {
      await files.close();
    }
  }

  async read(paths: readonly string[]): Promise<HostTensors> {
    const values: Record<string, HostTensors[string]> = {};
    for (const path of paths) {
      const variable = this.find(path);
      values[path] = { shape: variable.shape, type: 'float32', data: await valuesOf(path, variable) };
    }
    return values;
  }

  async write(values: HostTensors): Promise<void> {
    for (const [path, { type, shape }] of Object.entries(values)) {
      const expected = `float32 [${this.find(path).shape.join(', ')}]`;
      const got = `${type} [${shape.join(', ')}]`;
      if (got !== expected) throw new InterfuseError('SHAPE_MISMATCH', { place: path, expected, got });
    }
    for (const [path, { shape, data }] of Object.entries(values)) {
      this.variables.set(path, { kind: 'resident', shape, current: floatTensor(Float32Array.from(data), shape) });
    }
  }

  private find(path: string): Variable {
    const variable = this.variables.get(path);
    if (variable) return variable;
    throw new InterfuseError('SHAPE_MISMATCH', {
      place: path,
      expected: `one of the ${this.variables.size} variables of the store`,
      got: 'a path that was never allocated',
      remedy: 'Allocate the leaf first, or correct the path.',
    });
  }
}

/** A frozen leaf stays in its file where ONNX Runtime can map its values and they are to be held as they are there. */
async function variable(
  path: string,
  leaf: Leaf,
  seed: number,
  files: LeafFiles,
  shared: SharedWeights,
): Promise<Variable> {
  const { shape, train } = leaf;
  const reduced = reducedPrecision(leaf);
  const resident = (data: Float32Array): ResidentVariable => ({
    kind: 'resident',
    shape,
    current: floatTensor(data, shape),
  });
  const heldAs = (values: HeldValues): HeldVariable => ({
    kind: 'held',
    shape,
    held: values,
    tensors: heldTensors(values, shape),
  });
  if (!isStored(leaf)) {
    const data = initialValues(leaf, path, seed);
    return reduced === undefined ? resident(data) : heldAs(holdLeaf(path, leaf, reduced, data));
  }
  const file = await files.open(leaf);
  const entry = findStoredLeaf(path, leaf, file.header);
  const { type, begin, end } = entry;
  const isAsWanted = leaf.precision === undefined || storedTypes[leaf.precision] === type;
  if (!train && mappable.includes(type) && isMapped(leaf) && isAsWanted && leafSize(leaf) > 0) {
    const { tensor, transposed = false } = leaf.start;
    await assertFinite(tensor, entry, file);
    return { kind: 'external', shape, file: leaf.start.file, type, transposed, begin, end, leaf };
  }
  const convert = async () =>
    reduced === undefined
      ? resident(await readStoredLeaf(path, leaf, file))
      : heldAs(await readHeldLeaf(path, leaf, reduced, file));
  return train ? convert() : shared.find(leaf, convert);
}

async function valuesOf(path: string, variable: Variable): Promise<Float32Array> {
  switch (variable.kind) {
    case 'resident':
      return (variable.current.data as Float32Array).slice();
    case 'held':
      return widen(variable.held);
    case 'external':
      return readExternal(path, variable);
  }
}

async function readExternal(path: string, { leaf }: ExternalVariable): Promise<Float32Array> {
  const files = new LeafFiles();
  try {
    return await readStoredLeaf(path, leaf, await files.open(leaf));
  } finally {
    await files.close();
  }
}
