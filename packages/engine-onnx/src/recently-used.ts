/** Keeps so many of the things that were used last, and releases the others: compiled sessions hold much memory. */

interface Entry<V> {
  readonly value: Promise<V>;
  /** Uses that have not ended. */
  users: number;
}

export class RecentlyUsed<V> {
  /** In the order of their last use, latest last. */
  readonly #entries = new Map<string, Entry<V>>();

  /** @param limit what is in use is kept beyond it */
  constructor(
    private readonly limit: number,
    private readonly release: (value: V) => Promise<void>,
  ) {}

  /** Works with what has this key, which is made if it is not there; what could not be made is forgotten. */
  async use<R>(key: string, make: () => Promise<V>, work: (value: V) => Promise<R>): Promise<R> {
    const known = this.#entries.get(key);
    const making = known ? known.value : this.#shrink(this.limit - 1).then(make);
    const entry = known ?? { value: making, users: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users += 1;
    try {
      const value = await entry.value.catch((error: unknown) => {
        this.#entries.delete(key);
        throw error;
      });
      return await work(value);
    } finally {
      entry.users -= 1;
    }
  }

  /** Releases all that nobody uses. */
  clear(): Promise<void> {
    return this.#shrink(0);
  }

  /** Releases what was not used for longest, until no more than this remains. */
  async #shrink(size: number): Promise<void> {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    for (const [key, { value }] of idle.slice(0, Math.max(0, this.#entries.size - size))) {
      this.#entries.delete(key);
      await this.release(await value);
    }
  }
}
