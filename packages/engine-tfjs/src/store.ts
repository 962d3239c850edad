/** Resident variables of an eager engine: one tensor per path, replaced as a whole by every step. */
import { type HostTensor, type HostTensors, InterfuseError, type Leaf, type Store } from '@interfuse/core';
import { initialValues } from '@interfuse/nn';
import { holdLeaf, isStored, LeafFiles, readStoredLeaf, reducedPrecision, widen } from '@interfuse/safetensors';
import type { Tensor } from '@tensorflow/tfjs';
import { checkSignature, download, signature, tensorSignature, upload } from './host-tensors.js';

export class ResidentStore implements Store {
  private readonly resident = new Map<string, Tensor>();

  /** @param activate makes the engine's backend the active one */
  constructor(private readonly activate: () => void) {}

  get paths(): readonly string[] {
    return [...this.resident.keys()];
  }

  async allocate(leaves: ReadonlyMap<string, Leaf>, seed: number): Promise<void> {
    const files = new LeafFiles();
    try {
      for (const [path, leaf] of leaves) {
        const values = isStored(leaf)
          ? await readStoredLeaf(path, leaf, await files.open(leaf))
          : initialValues(leaf, path, seed);
        // Nothing is saved here, but the numbers are those of an engine that computes on reduced weights.
        const precision = reducedPrecision(leaf);
        const data = precision === undefined ? values : widen(holdLeaf(path, leaf, precision, values));
        this.set(path, { shape: leaf.shape, type: 'float32', data });
      }
    } finally {
      await files.close();
    }
  }

  async read(paths: readonly string[]): Promise<HostTensors> {
    const values: Record<string, HostTensor> = {};
    for (const path of paths) values[path] = await download(this.tensor(path));
    return values;
  }

  async write(values: HostTensors): Promise<void> {
    for (const [path, host] of Object.entries(values)) {
      checkSignature('SHAPE_MISMATCH', path, tensorSignature(this.tensor(path)), signature(host));
    }
    for (const [path, host] of Object.entries(values)) this.set(path, host);
  }

  /** The tensors as they are now, by path. They live until the next step or write replaces them. */
  tensors(): Record<string, Tensor> {
    return Object.fromEntries(this.resident);
  }

  /** Puts a tensor, which the store owns from now on, in the place of the variable's present one. */
  replace(path: string, tensor: Tensor): void {
    this.resident.get(path)?.dispose();
    this.resident.set(path, tensor);
  }

  dispose(): void {
    for (const tensor of this.resident.values()) tensor.dispose();
    this.resident.clear();
  }

  private set(path: string, host: HostTensor): void {
    this.activate();
    this.replace(path, upload(host, path));
  }

  private tensor(path: string): Tensor {
    const tensor = this.resident.get(path);
    if (tensor) return tensor;
    throw new InterfuseError('SHAPE_MISMATCH', {
      place: path,
      expected: `one of the ${this.resident.size} variables of the store`,
      got: 'a path that was never allocated',
      remedy: 'Allocate the leaf first, or correct the path.',
    });
  }
}
