/** Batches one after another, each read while the one before is in use. */

/**
 * What `read` gives for each item, in order. One item at most is read ahead. However the consumer ends (done, an error,
 * Ctrl-C), nothing is being read any more once it has: files can be closed.
 *
 * @throws what `read` throws, when it is the turn of that item
 */
export async function* prefetch<I, T>(items: Iterable<I>, read: (item: I) => Promise<T>): AsyncGenerator<[I, T], void> {
  const iterator = items[Symbol.iterator]();
  const begin = (): Reading<I, T> | undefined => {
    const { done, value: item } = iterator.next();
    if (done) return undefined;
    const reading = read(item);
    // It is awaited when its turn comes; until then its failure is nobody's.
    reading.catch(() => undefined);
    return { item, reading };
  };
  let next = begin();
  try {
    while (next !== undefined) {
      const { item, reading } = next;
      const value = await reading;
      next = begin();
      yield [item, value];
    }
  } finally {
    await next?.reading.catch(() => undefined);
  }
}

interface Reading<I, T> {
  readonly item: I;
  readonly reading: Promise<T>;
}
