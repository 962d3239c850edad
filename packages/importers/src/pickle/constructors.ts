/** The allow-list: every class and function that a pickle may name, and what calling it makes here. Nothing else is known. */
import { packedStrides } from '../arrays/strides.js';
import { ByteRange } from '../bytes/byte-range.js';
import { invalidPickle, refused } from './errors.js';
import { decodeScalar } from './scalar.js';
import {
  LargeText,
  PickleArray,
  PickleDictionary,
  PickleGlobal,
  PickleSequence,
  PickleType,
  type PickleValue,
} from './values.js';

type Construct = (args: readonly PickleValue[], place: string) => PickleValue;

/** NumPy 2 renamed `numpy.core` to `numpy._core`; Python 2 called `builtins` `__builtin__`. */
const constructors: ReadonlyMap<string, Construct | undefined> = new Map<string, Construct | undefined>([
  ...['numpy.core', 'numpy._core'].flatMap((core): [string, Construct][] => [
    [`${core}.multiarray._reconstruct`, reconstruct],
    [`${core}.multiarray.scalar`, scalar],
    [`${core}.numeric._frombuffer`, fromBuffer],
  ]),
  ['numpy.dtype', dtype],
  // Named as the class to be reconstructed, never called.
  ['numpy.ndarray', undefined],
  ['_codecs.encode', encode],
  ['collections.OrderedDict', orderedDictionary],
  ...['builtins', '__builtin__'].flatMap((module): [string, Construct][] => [
    [`${module}.bytearray`, bytes],
    [`${module}.bytes`, bytes],
  ]),
]);

/** @throws PICKLE_REFUSED by name */
export function findGlobal(name: string, place: string): PickleGlobal {
  if (constructors.has(name)) return new PickleGlobal(name);
  throw refused(place, `one of ${[...constructors.keys()].join(', ')}`, name);
}

/** What calling one of them gives. @throws PICKLE_REFUSED, PICKLE_INVALID */
export function construct(callable: PickleValue, args: PickleValue, place: string): PickleValue {
  if (!(callable instanceof PickleGlobal)) throw invalidPickle(place, 'the name of a constructor', 'a value');
  if (!(args instanceof PickleSequence) || args.kind !== 'tuple') {
    throw invalidPickle(place, `a tuple of arguments for ${callable.name}`, 'something else');
  }
  const make = constructors.get(callable.name);
  if (make === undefined) throw refused(place, `${callable.name} as a class`, 'a call of it');
  return make(args.items, `${place} (${callable.name})`);
}

/** `_reconstruct(ndarray, (0,), b'b')`: an array that gets its state later. */
function reconstruct([subtype]: readonly PickleValue[], place: string): PickleValue {
  if (subtype instanceof PickleGlobal && subtype.name === 'numpy.ndarray') return new PickleArray();
  throw refused(place, 'numpy.ndarray', 'another class');
}

/** `scalar(dtype, bytes)`. */
function scalar([type, data]: readonly PickleValue[], place: string): PickleValue {
  if (!(type instanceof PickleType) || !(data instanceof ByteRange)) {
    throw refused(place, 'a dtype and bytes', 'other arguments');
  }
  return decodeScalar(type, data, place);
}

/** `_frombuffer(buffer, dtype, shape, order[, axis order])`: an array in protocol 5. */
function fromBuffer([data, type, shape, order, axes]: readonly PickleValue[], place: string): PickleValue {
  if (!(data instanceof ByteRange) || !(type instanceof PickleType) || type.kind === 'O') {
    throw refused(place, 'a buffer and a dtype without objects', 'other arguments');
  }
  const extents = shapeOf(shape, place);
  const array = new PickleArray();
  if (order === 'C' || order === 'F') {
    array.content = { shape: extents, strides: packedStrides(extents, order), type, data };
  } else if (order === 'K' && axes instanceof PickleSequence) {
    // The buffer holds the axes in another order: shape is that of the buffer, and the array a transposition of it.
    const permutation = permutationOf(axes, extents.length, place);
    const strides = packedStrides(extents, 'C');
    array.content = {
      shape: permutation.map((axis) => extents[axis] as number),
      strides: permutation.map((axis) => strides[axis] as number),
      type,
      data,
    };
  } else throw refused(place, 'the order C, F or K', typeof order === 'string' ? order : 'another');
  return array;
}

/** `dtype('f4', False, True)`. The byte order comes with its state. */
function dtype([code]: readonly PickleValue[], place: string): PickleValue {
  const text = code instanceof ByteRange ? undefined : code;
  const match = typeof text === 'string' ? /^([<>|=]?)([biufUSO?])(\d*)$/.exec(text) : null;
  if (!match) throw refused(place, 'numbers, texts or objects', show(code));
  const [, order, kind, digits] = match as unknown as [string, string, string, string];
  const type = typeOf(kind, digits === '' ? undefined : Number(digits), place);
  type.bigEndian = order === '>';
  return type;
}

const sizes: { readonly [kind: string]: readonly number[] } = {
  b: [1],
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [2, 4, 8],
};

function typeOf(kind: string, count: number | undefined, place: string): PickleType {
  if (kind === '?') return new PickleType('b', 1);
  if (kind === 'O') return new PickleType('O', 8);
  if (kind === 'U' || kind === 'S') return new PickleType(kind, (count ?? 0) * (kind === 'U' ? 4 : 1));
  if (count !== undefined && sizes[kind]?.includes(count)) return new PickleType(kind as 'f', count);
  throw refused(place, 'numbers of 1, 2, 4 or 8 bytes', `${kind}${count ?? ''}`);
}

/** `encode(text, 'latin1')`: the bytes of protocol 2. */
function encode([text, encoding]: readonly PickleValue[], place: string): PickleValue {
  if (typeof encoding !== 'string' || !/^(latin-?1|iso-?8859-1)$/i.test(encoding)) {
    throw refused(place, 'the encoding latin1', show(encoding));
  }
  if (text instanceof LargeText) {
    const { source, offset, length } = text.range;
    return new ByteRange(source, offset, length, 'latin1-as-utf8');
  }
  if (typeof text !== 'string') throw refused(place, 'a text', 'something else');
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) > 0xff) throw invalidPickle(place, 'Latin-1 characters', `"${text[i]}"`);
  }
  return ByteRange.of(place, Buffer.from(text, 'latin1'));
}

function orderedDictionary(args: readonly PickleValue[], place: string): PickleValue {
  if (args.length > 0) throw refused(place, 'no arguments', `${args.length}`);
  return new PickleDictionary();
}

/** `bytes()`, `bytearray(b'...')`, `bytearray('...', 'latin-1')`. */
function bytes(args: readonly PickleValue[], place: string): PickleValue {
  const [data] = args;
  if (args.length === 0) return ByteRange.of(place, new Uint8Array(0));
  if (data instanceof ByteRange && args.length === 1) return data;
  return encode(args, place);
}

/** The state of an array: `(version, shape, dtype, whether Fortran order, bytes or objects)`. */
export function setArrayState(array: PickleArray, state: PickleValue, place: string): void {
  const items = state instanceof PickleSequence && state.kind === 'tuple' ? state.items : [];
  const [, shape, type, isFortran, data] = items.length === 5 ? items : [null, ...items];
  if (array.content !== undefined) throw invalidPickle(place, 'one state for an array', 'a second one');
  if (!(type instanceof PickleType)) throw invalidPickle(place, 'a dtype in the state of an array', 'something else');
  const extents = shapeOf(shape, place);
  const strides = packedStrides(extents, isFortran === true ? 'F' : 'C');
  if (type.kind === 'O') {
    const count = extents.reduce((product, extent) => product * extent, 1);
    if (!(data instanceof PickleSequence)) throw invalidPickle(place, 'a list of objects', 'something else');
    if (data.items.length !== count) throw invalidPickle(place, `${count} objects`, `${data.items.length}`);
    array.content = { shape: extents, strides, type, data: data.items };
    return;
  }
  if (!(data instanceof ByteRange)) throw invalidPickle(place, 'the bytes of an array', 'something else');
  array.content = { shape: extents, strides, type, data };
}

/** The state of a dtype: `(version, byte order, subarray, names, fields, item size, alignment, flags)`. */
export function setTypeState(type: PickleType, state: PickleValue, place: string): void {
  const items = state instanceof PickleSequence && state.kind === 'tuple' ? state.items : [];
  const [, order, subarray, names, fields] = items;
  if (items.length < 5 || subarray !== null || names !== null || fields !== null) {
    throw refused(place, 'a dtype without fields', 'a structured one');
  }
  const sign = order instanceof ByteRange ? '<' : order;
  if (sign !== '<' && sign !== '>' && sign !== '|' && sign !== '=') {
    throw invalidPickle(place, 'a byte order', show(order));
  }
  if (sign === '>') type.bigEndian = true;
}

function shapeOf(shape: PickleValue | undefined, place: string): number[] {
  const items = shape instanceof PickleSequence ? shape.items : typeof shape === 'number' ? [shape] : undefined;
  if (items?.every((extent) => Number.isSafeInteger(extent) && (extent as number) >= 0)) {
    const count = (items as number[]).reduce((product, extent) => product * extent, 1);
    if (Number.isSafeInteger(count) && items.length <= 8) return items as number[];
  }
  throw invalidPickle(place, 'the shape of an array', items ? `[${items.map(show).join(', ')}]` : 'something else');
}

function permutationOf(axes: PickleSequence, rank: number, place: string): number[] {
  const sorted = [...axes.items].sort();
  if (sorted.length === rank && sorted.every((axis, i) => axis === i)) return axes.items as number[];
  throw invalidPickle(place, `an order of ${rank} axes`, 'something else');
}

function show(value: PickleValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : 'something else';
}
