/** A pickle may refer to what it has built before; a value that holds itself has no end, and no file of features has one. */
import { refused } from './errors.js';
import { PickleArray, PickleDictionary, PickleSequence, type PickleValue } from './values.js';

/** Splits, keys, lists of samples, arrays of objects: six levels are in use. */
const mostLevels = 32;

/** @throws PICKLE_REFUSED for a value that holds itself or is nested absurdly */
export function requireFinite(root: PickleValue, name: string): void {
  const done = new Set<PickleValue>();
  const open = new Set<PickleValue>();
  const path: { readonly value: PickleValue; readonly parts: Iterator<PickleValue> }[] = [];

  const enter = (value: PickleValue) => {
    const parts = partsOf(value);
    if (parts === undefined || done.has(value)) return;
    if (open.has(value)) throw refused(name, 'values that do not hold themselves', 'a cyclic reference');
    if (path.length >= mostLevels) throw refused(name, `at most ${mostLevels} levels of nesting`, 'deeper nesting');
    open.add(value);
    path.push({ value, parts: parts[Symbol.iterator]() });
  };

  enter(root);
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    const next = last.parts.next();
    if (!next.done) enter(next.value);
    else {
      path.pop();
      open.delete(last.value);
      done.add(last.value);
    }
  }
}

function partsOf(value: PickleValue): Iterable<PickleValue> | undefined {
  if (value instanceof PickleSequence) return value.items;
  if (value instanceof PickleDictionary) return value.entries.values();
  if (value instanceof PickleArray && Array.isArray(value.content?.data)) return value.content.data;
  return undefined;
}
