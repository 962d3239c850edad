/** Frozen weights that an engine had to convert, by where they are stored: stores and leaves that read the same share them. */
import type { StoredLeaf } from '@interfuse/safetensors';
import type { HeldVariable, ResidentVariable } from './store.js';

type Converted = HeldVariable | ResidentVariable;

export class SharedWeights {
  /** Weak, so that weights go with the last store that has them. */
  private readonly known = new Map<string, WeakRef<Converted>>();

  async find(leaf: StoredLeaf, convert: () => Promise<Converted>): Promise<Converted> {
    const { shape, precision, start } = leaf;
    const key = JSON.stringify([start, precision, shape]);
    const existing = this.known.get(key)?.deref();
    if (existing) return existing;
    const converted = await convert();
    this.known.set(key, new WeakRef(converted));
    return converted;
  }
}
