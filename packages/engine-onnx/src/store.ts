/** Variables of the compiled engine: resident ones live in one buffer each; frozen stored weights stay in their files. */
import { type HostTensors, InterfuseError, type Leaf, type Store } from '@interfuse/core';
import { initialValues, leafSize } from '@interfuse/nn';
import { findTensor, readHeader, readTensor, type StoredType } from '@interfuse/safetensors';
import { Tensor } from 'onnxruntime-node';

/** A frozen weight that ONNX Runtime maps straight from its safetensors file. */
export interface ExternalVariable {
  readonly kind: 'external';
  /** Shape of the leaf. */
  readonly shape: readonly number[];
  readonly file: string;
  readonly tensor: string;
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
    for (const [path, leaf] of leaves) this.variables.set(path, await variable(path, leaf, seed));
  }

  async read(paths: readonly string[]): Promise<HostTensors> {
    const values: Record<string, HostTensors[string]> = {};
    for (const path of paths) {
      const variable = this.find(path);
      const data =
        variable.kind === 'resident'
          ? (variable.current.data as Float32Array).slice()
          : await readStored(path, variable);
      values[path] = { shape: variable.shape, type: 'float32', data };
    }
    return values;
  }

  async write(values: HostTensors): Promise<void> {
    for (const [path, value] of Object.entries(values)) {
      const variable = this.find(path);
      if (value.type !== 'float32' || String(value.shape) !== String(variable.shape)) {
        throw new InterfuseError('ENGINE_STEP', {
          place: path,
          expected: `float32 [${variable.shape.join(', ')}]`,
          got: `${value.type} [${value.shape.join(', ')}]`,
        });
      }
      this.variables.set(path, {
        kind: 'resident',
        shape: variable.shape,
        current: floatTensor(Float32Array.from(value.data), value.shape),
      });
    }
  }

  private find(path: string): Variable {
    const variable = this.variables.get(path);
    if (variable) return variable;
    throw new InterfuseError('ENGINE_STEP', {
      place: path,
      expected: `one of the ${this.variables.size} variables of the store`,
      got: 'an unknown path',
    });
  }
}

async function variable(path: string, leaf: Leaf, seed: number): Promise<Variable> {
  const { start, shape, train } = leaf;
  if (start.kind !== 'stored')
    return { kind: 'resident', shape, current: floatTensor(initialValues(leaf, path, seed), shape) };
  const entry = findTensor(readHeader(start.file), start.tensor);
  const transposed = start.transposed ?? false;
  const expected = transposed ? [...shape].reverse() : shape;
  if (String(entry.shape) !== String(expected)) {
    throw new InterfuseError('SAFETENSORS_TENSOR', {
      place: `${start.file}: ${start.tensor} (for ${path})`,
      expected: `[${expected.join(', ')}]`,
      got: `[${entry.shape.join(', ')}]`,
    });
  }
  const external: ExternalVariable = {
    kind: 'external',
    shape,
    file: start.file,
    tensor: start.tensor,
    type: entry.type,
    transposed,
    begin: entry.begin,
    end: entry.end,
  };
  if (!train && mappable.includes(entry.type) && leafSize(leaf) > 0) return external;
  return { kind: 'resident', shape, current: floatTensor(await readStored(path, external), shape) };
}

async function readStored(path: string, variable: ExternalVariable): Promise<Float32Array> {
  const { data } = await readTensor(variable.file, variable.tensor);
  if (!(data instanceof Float32Array)) {
    throw new InterfuseError('SAFETENSORS_TENSOR', {
      place: `${variable.file}: ${variable.tensor} (for ${path})`,
      expected: 'floating-point numbers',
      got: variable.type,
    });
  }
  if (!variable.transposed) return data;
  const [rows, columns] = variable.shape as [number, number];
  return data.map((_, i) => data[(i % columns) * rows + Math.floor(i / columns)] as number);
}
