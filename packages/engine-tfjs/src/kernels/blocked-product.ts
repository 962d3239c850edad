/**
 * Matrix products in one WebAssembly function on the backend's own heap, for batches and for small factors.
 *
 * A block of 4 rows x 8 columns of the result stays in registers while the inner dimension runs; the last block of rows
 * or columns overlaps the one before, so that there is no code for remainders. Nothing is packed: right factors that
 * outgrow the second-level cache are better left to XNNPACK.
 */
import {
  add,
  type Code,
  compile,
  get,
  integer,
  lanes,
  lessThan,
  minimum,
  multiply,
  repeatWhile,
  set,
  subtract,
} from './webassembly.js';

export const blockRows = 4;
export const blockColumns = 8;

/**
 * out[i] = a[i] b[i] for `batch` matrices that lie one after another, at byte addresses of the heap.
 *
 * a [batch, rows, inner] is read through two strides in bytes (between rows, between inner entries), so that it may be
 * stored transposed; b [batch, inner, columns] and out [batch, rows, columns] are row-major. rows >= 4, columns >= 8.
 */
export type BlockedProduct = (
  a: number,
  b: number,
  out: number,
  batch: number,
  rows: number,
  inner: number,
  columns: number,
  rowStride: number,
  innerStride: number,
) => void;

/** Compiles the function for a heap, a `WebAssembly.Memory`. */
export function compileBlockedProduct(memory: object): BlockedProduct {
  const names = ['a', 'b', 'out', 'batch', 'rows', 'inner', 'columns', 'rowStride', 'innerStride'];
  const integers = [
    'row',
    'column',
    'firstRow',
    'firstColumn',
    'left',
    'right',
    'entry',
    'target',
    'remaining',
    'pitch',
  ];
  const vectors = ['right0', 'right1', 'factor', ...range(2 * blockRows).map((index) => `sum${index}`)];
  const locals = [...names, ...integers, ...vectors];
  const at = (name: string): number => locals.indexOf(name);
  const read = (name: string): Code => get(at(name));
  const write = (name: string, value: Code): Code => set(at(name), value);
  const advance = (name: string, by: Code): Code => write(name, add(read(name), by));
  const bytes = (...factors: Code[]): Code => factors.reduce(multiply, integer(4));
  const accumulate = (sum: string, right: string): Code =>
    write(sum, lanes.add(read(sum), lanes.multiply(read('factor'), read(right))));

  const innerLoop = repeatWhile(
    read('remaining'),
    write('right0', lanes.load(read('right'))),
    write('right1', lanes.load(read('right'), 16)),
    write('entry', read('left')),
    ...range(blockRows).map((row) => [
      ...write('factor', lanes.loadSplat(read('entry'))),
      ...accumulate(`sum${2 * row}`, 'right0'),
      ...accumulate(`sum${2 * row + 1}`, 'right1'),
      ...advance('entry', read('rowStride')),
    ]),
    advance('left', read('innerStride')),
    advance('right', read('pitch')),
    advance('remaining', integer(-1)),
  );
  const block: Code = [
    ...write('firstColumn', minimum(read('column'), subtract(read('columns'), integer(blockColumns)))),
    ...range(2 * blockRows).flatMap((index) => write(`sum${index}`, lanes.zero)),
    ...write('left', add(read('a'), multiply(read('firstRow'), read('rowStride')))),
    ...write('right', add(read('b'), bytes(read('firstColumn')))),
    ...write('remaining', read('inner')),
    ...innerLoop,
    ...write('target', add(read('out'), add(multiply(read('firstRow'), read('pitch')), bytes(read('firstColumn'))))),
    ...range(blockRows).flatMap((row) => [
      ...lanes.store(read('target'), read(`sum${2 * row}`)),
      ...lanes.store(read('target'), read(`sum${2 * row + 1}`), 16),
      ...advance('target', read('pitch')),
    ]),
    ...advance('column', integer(blockColumns)),
  ];
  const blockRow: Code = [
    ...write('firstRow', minimum(read('row'), subtract(read('rows'), integer(blockRows)))),
    ...write('column', integer(0)),
    ...repeatWhile(lessThan(read('column'), read('columns')), block),
    ...advance('row', integer(blockRows)),
  ];
  const matrix: Code = [
    ...write('row', integer(0)),
    ...repeatWhile(lessThan(read('row'), read('rows')), blockRow),
    ...advance('a', bytes(read('rows'), read('inner'))),
    ...advance('b', bytes(read('inner'), read('columns'))),
    ...advance('out', bytes(read('rows'), read('columns'))),
    ...advance('batch', integer(-1)),
  ];
  const body: Code = [...write('pitch', bytes(read('columns'))), ...repeatWhile(read('batch'), matrix)];
  return compile(memory, { parameters: names.length, integers: integers.length, vectors: vectors.length }, body);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
