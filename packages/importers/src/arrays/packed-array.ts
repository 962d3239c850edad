/** Arrays of packed items in a file, in C order or any other: NumPy's, as pickles and `.npy` files hold them. */
import { type ByteRange, readInOrder, readWhole } from '../bytes/byte-range.js';
import { decodeNumbers, decodeTexts, type ItemType, isText, type Numbers } from './decode.js';
import { countOf, invalidImport, type NumberArray, type TextArray } from './stored-array.js';

export interface PackedItems {
  readonly place: string;
  readonly type: ItemType;
  readonly shape: readonly number[];
  /** Items from one position to the next, by axis. */
  readonly strides: readonly number[];
  readonly data: ByteRange;
}

/** Texts without a character take no bytes, so that only this bounds how many there are. */
const mostTexts = 1 << 24;
/** Texts decoded at a time, in bytes. */
const textBytesAtOnce = 1 << 20;
/** An array in another order than C that is not larger is read as a whole. */
const gatherLimit = 1 << 28;

/** @throws IMPORT_INVALID if the bytes are not as many as the shape needs; where they are encoded, while they are read */
export function packedArray(items: PackedItems, mostGathered = gatherLimit): NumberArray | TextArray {
  const { type, shape, data, place } = items;
  const bytes = countOf(shape) * type.size;
  const isEncoded = data.encoding === 'latin1-as-utf8';
  // A Latin-1 character is one byte or two.
  if (isEncoded ? data.length < bytes || data.length > 2 * bytes : data.length !== bytes) {
    throw invalidImport(place, `${bytes} bytes for [${shape.join(', ')}]`, `${data.length} bytes`);
  }
  if (isText(type)) return { kind: 'texts', place, shape, texts: async () => readTexts(items) };
  return {
    kind: 'numbers',
    place,
    shape,
    blocks: (count) => (isPacked(items) ? blocksInOrder(items, count) : gatheredBlocks(items, count, mostGathered)),
  };
}

function* blocksInOrder({ type, shape, data }: PackedItems, count: number): Generator<Numbers> {
  const [samples = 1] = shape;
  const each = countOf(shape) / Math.max(1, samples);
  const reader = readInOrder(data);
  for (let first = 0; first < samples; first += count) {
    const bytes = new Uint8Array(Math.min(count, samples - first) * each * type.size);
    reader.read(bytes);
    yield decodeNumbers(type, bytes);
  }
  reader.end();
}

/** In another order every item is picked from its place. */
function* gatheredBlocks(items: PackedItems, count: number, limit: number): Generator<Numbers> {
  const { type, shape, strides, data, place } = items;
  const [samples = 1, ...rest] = shape;
  const each = countOf(rest);
  const total = samples * each * type.size;
  if (total <= limit) {
    const all = decodeNumbers(type, readWhole(data, total));
    for (let first = 0; first < samples; first += count) {
      const block = all.slice(0, Math.min(count, samples - first) * each);
      fill(
        block,
        each,
        rest,
        strides,
        (sample, offset) => all[(first + sample) * (strides[0] as number) + offset] as number,
      );
      yield block;
    }
    return;
  }
  if (strides[0] !== 1 || data.encoding !== 'raw') {
    throw invalidImport(place, 'a large array in C or Fortran order', 'another order', 'Save it in C order.');
  }
  yield* columnBlocks(items, Math.max(count, Math.floor(limit / (each * type.size))), count);
}

/** Fortran order: neighbours are the samples, so that one read gets one feature of many samples. */
function* columnBlocks(
  { type, shape, strides, data, place }: PackedItems,
  many: number,
  count: number,
): Generator<Numbers> {
  const [samples = 1, ...rest] = shape;
  const each = countOf(rest);
  for (let first = 0; first < samples; first += many) {
    const present = Math.min(many, samples - first);
    const block =
      type.kind === 'f' && type.size < 8 ? new Float32Array(present * each) : new Float64Array(present * each);
    let item = 0;
    forEachOffset(rest, strides.slice(1), (offset) => {
      const bytes = new Uint8Array(present * type.size);
      if (data.source.readAt(data.offset + (first + offset) * type.size, bytes) < bytes.length) {
        throw invalidImport(place, 'as many bytes as there were before', 'fewer');
      }
      decodeNumbers(type, bytes).forEach((value, sample) => {
        block[sample * each + item] = value;
      });
      item += 1;
    });
    for (let part = 0; part < present; part += count) {
      yield block.slice(part * each, Math.min(part + count, present) * each) as Numbers;
    }
  }
}

function fill(
  block: Numbers,
  each: number,
  rest: readonly number[],
  strides: readonly number[],
  valueAt: (sample: number, offset: number) => number,
): void {
  const count = each === 0 ? 0 : block.length / each;
  let item = 0;
  forEachOffset(rest, strides.slice(1), (offset) => {
    for (let sample = 0; sample < count; sample += 1) block[sample * each + item] = valueAt(sample, offset);
    item += 1;
  });
}

/** Every position of the inner axes in C order, as an offset in items. */
function forEachOffset(shape: readonly number[], strides: readonly number[], visit: (offset: number) => void): void {
  const [extent, ...rest] = shape;
  if (extent === undefined) {
    visit(0);
    return;
  }
  for (let i = 0; i < extent; i += 1) {
    forEachOffset(rest, strides.slice(1), (offset) => visit(i * (strides[0] as number) + offset));
  }
}

function isPacked({ shape, strides }: PackedItems): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    if (shape[axis] !== 1 && strides[axis] !== stride) return false;
    stride *= shape[axis] as number;
  }
  return true;
}

/** Texts have one axis, or others of one item only, which makes any order the same. */
function readTexts({ type, shape, data, place }: PackedItems): string[] {
  const count = countOf(shape);
  if (count > 0 && (Math.max(...shape) !== count || count > mostTexts)) {
    throw invalidImport(place, 'one text for each sample', `[${shape.join(', ')}]`);
  }
  if (type.size === 0) return new Array<string>(count).fill('');
  const reader = readInOrder(data);
  const texts: string[] = [];
  const atOnce = Math.max(1, Math.floor(textBytesAtOnce / type.size));
  while (texts.length < count) {
    const bytes = new Uint8Array(Math.min(atOnce, count - texts.length) * type.size);
    reader.read(bytes);
    for (const text of decodeTexts(type, bytes)) texts.push(text);
  }
  reader.end();
  return texts;
}
