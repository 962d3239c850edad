/** NumPy scalars: a number or a text with a dtype of its own. */
import { decodeNumbers, decodeTexts, type ItemType, isText } from '../arrays/decode.js';
import { type ByteRange, readWhole } from '../bytes/byte-range.js';
import { invalidPickle, refused } from './errors.js';
import type { PickleType, PickleValue } from './values.js';

/** More is no scalar. */
const largest = 1 << 16;

export function decodeScalar(type: PickleType, data: ByteRange, place: string): PickleValue {
  if (type.kind === 'O' || type.size > largest) throw refused(place, 'a scalar of numbers or text', 'another');
  if (data.length < type.size) throw invalidPickle(place, `${type.size} bytes`, `${data.length}`);
  const bytes = readWhole(data, type.size);
  if (isText(type)) return decodeTexts(type as ItemType, bytes)[0] ?? '';
  return decodeNumbers(type as ItemType, bytes)[0] as number;
}
