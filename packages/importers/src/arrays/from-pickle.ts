/** What a pickle holds, as arrays of samples: NumPy arrays, arrays of objects, lists. */
import { ByteRange, readWhole } from '../bytes/byte-range.js';
import { LargeText, PickleArray, PickleSequence, type PickleValue } from '../pickle/values.js';
import type { ItemType } from './decode.js';
import { packedArray } from './packed-array.js';
import { arrayOf, invalidImport, type NumberArray, readNumbers, type StoredArray } from './stored-array.js';

/** No text of a sample is longer. */
const longestText = 1 << 24;
const mostCharacters = 1 << 27;

/** @throws IMPORT_INVALID if the value is no array of numbers, texts or sequences */
export function arrayFromPickle(value: PickleValue, place: string): StoredArray {
  if (value instanceof PickleArray) {
    const { content } = value;
    if (content === undefined) throw invalidImport(place, 'an array with its state', 'one without');
    const { shape, strides, type, data } = content;
    if (data instanceof ByteRange) return packedArray({ place, type: type as ItemType, shape, strides, data });
    return arrayFromItems(data, place, shape.length > 1 ? shape : undefined);
  }
  if (value instanceof PickleSequence && value.kind !== 'set') return arrayFromItems(value.items, place);
  throw invalidImport(place, 'an array or a list', describe(value));
}

function arrayFromItems(items: readonly PickleValue[], place: string, shape?: readonly number[]): StoredArray {
  if (items.every(isNumber)) {
    return arrayOf(place, shape ?? [items.length], Float64Array.from(items, Number));
  }
  if (items.every(isText)) {
    return { kind: 'texts', place, shape: shape ?? [items.length], texts: async () => textsOf(items, place) };
  }
  const samples = items.map((item, index): NumberArray => {
    const sample = arrayFromPickle(item, `${place}[${index}]`);
    if (sample.kind === 'numbers') return sample;
    if (sample.kind === 'ragged') return rowsOf(sample.samples, sample.place);
    throw invalidImport(sample.place, 'numbers', sample.kind);
  });
  return { kind: 'ragged', place, samples };
}

/** A list of rows of one width as one array. */
function rowsOf(rows: readonly NumberArray[], place: string): NumberArray {
  const width = rows[0]?.shape[0] ?? 0;
  const odd = rows.find(({ shape }) => shape.length !== 1 || shape[0] !== width);
  if (odd) throw invalidImport(odd.place, `${width} numbers, as in the row before`, `[${odd.shape.join(', ')}]`);
  return {
    kind: 'numbers',
    place,
    shape: [rows.length, width],
    async *blocks() {
      const all = new Float64Array(rows.length * width);
      for (const [i, row] of rows.entries()) all.set(await readNumbers(row), i * width);
      yield all;
    },
  };
}

function isNumber(value: PickleValue): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

function isText(value: PickleValue): value is string | LargeText | ByteRange {
  return typeof value === 'string' || value instanceof LargeText || value instanceof ByteRange;
}

/** A pickle can refer to one long text very often. */
function textsOf(items: readonly (string | LargeText | ByteRange)[], place: string): string[] {
  let total = 0;
  return items.map((item) => {
    const text = textOf(item, place);
    total += text.length;
    if (total > mostCharacters) throw invalidImport(place, `at most ${mostCharacters} characters of text`, 'more');
    return text;
  });
}

function textOf(value: string | LargeText | ByteRange, place: string): string {
  if (typeof value === 'string') return value;
  const range = value instanceof LargeText ? value.range : value;
  if (range.length > longestText || range.encoding !== 'raw') {
    throw invalidImport(place, `a text of at most ${longestText} bytes`, `${range.length} bytes`);
  }
  return Buffer.from(readWhole(range, range.length)).toString('utf8');
}

function describe(value: PickleValue): string {
  if (value === null) return 'None';
  return typeof value === 'object' ? 'something else' : typeof value;
}
