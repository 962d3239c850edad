/** Variables of the compiled engine: resident ones live in one buffer each; frozen stored weights stay in their files. */
import { type HostTensors, InterfuseError, type Leaf, type Store } from '@interfuse/core';
import { initialValues, leafSize } from '@interfuse/nn';
import {
  findStoredLeaf,
  isStored,
  LeafFiles,
  readStoredLeaf,
  type StoredLeaf,
  type StoredType,
} from '@interfuse/safetensors';
import { Tensor } from 'onnxruntime-node';

/** A frozen weight that ONNX Runtime maps straight from its safetensors file. */
export interface ExternalVariable {
  readonly kind: 'external';
  /** Shape of the leaf. */
  readonly shape: readonly number[];
  readonly leaf: StoredLeaf;
  readonly file: string;
  readonly type: StoredType;
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

export type Variable = ExternalVariable | ResidentVariable;

/** Types that ONNX Runtime casts from by itself. */
const mappable: readonly StoredType[] = ['F32', 'F16', 'BF16'];

export function floatTensor(data: Float32Array, shape: readonly number[]): Tensor {
  return new Tensor('float32', data, shape);
}

export class OnnxStore implements Store {
  readonly variables = new Map<string, Variable>();

  get paths(): readonly string[] {
    return [...this.variables.keys()];
  }

  async allocate(leaves: ReadonlyMap<string, Leaf>, seed: number): Promise<void> {
    const files = new LeafFiles();
    try {
      for (const [path, leaf] of leaves) this.variables.set(path, await variable(path, leaf, seed, files));
    } finally {
      await files.close();
    }
  }

  async read(paths: readonly string[]): Promise<HostTensors> {
    const values: Record<string, HostTensors[string]> = {};
    for (const path of paths) {
      const variable = this.find(path);
      const data =
        variable.kind === 'resident'
          ? (variable.current.data as Float32Array).slice()
          : await readExternal(path, variable);
      values[path] = { shape: variable.shape, type: 'float32', data };
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

/** A frozen leaf whose values ONNX Runtime can map stays in its file. */
async function variable(path: string, leaf: Leaf, seed: number, files: LeafFiles): Promise<Variable> {
  const { shape, train } = leaf;
  const resident = (data: Float32Array): ResidentVariable => ({
    kind: 'resident',
    shape,
    current: floatTensor(data, shape),
  });
  if (!isStored(leaf)) return resident(initialValues(leaf, path, seed));
  const file = await files.open(leaf);
  const { type, begin, end } = findStoredLeaf(path, leaf, file.header);
  if (train || !mappable.includes(type) || leafSize(leaf) === 0) {
    return resident(await readStoredLeaf(path, leaf, file));
  }
  const { transposed = false } = leaf.start;
  return { kind: 'external', shape, file: leaf.start.file, type, transposed, begin, end, leaf };
}

async function readExternal(path: string, { leaf }: ExternalVariable): Promise<Float32Array> {
  const files = new LeafFiles();
  try {
    return await readStoredLeaf(path, leaf, await files.open(leaf));
  } finally {
    await files.close();
  }
}
