/** The fields of a GGUF file, read by type, with a coded error that names the file and the field. */
import { type GgufFile, invalidGguf } from './container.js';

/** Reads a field of one type; without a fallback it has to be there. */
type Read<T> = {
  (gguf: GgufFile, field: string): T;
  <F>(gguf: GgufFile, field: string, fallback: F): T | F;
};

function reader<T>(expected: string, convert: (value: unknown) => T | undefined): Read<T> {
  return function read<F>(gguf: GgufFile, field: string, ...fallback: [F?]): T | F {
    const value = gguf.metadata.get(field);
    if (value === undefined && fallback.length > 0) return fallback[0] as F;
    const converted = convert(value);
    if (converted !== undefined) return converted;
    throw invalidGguf(`${gguf.file}: ${field}`, expected, value === undefined ? 'nothing' : shown(value));
  };
}

/** JSON has no whole numbers of 64 bits. */
const shown = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner)).slice(0, 200);

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function toList<T>(value: unknown, convert: (item: unknown) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.map(convert);
  return items.includes(undefined) ? undefined : (items as T[]);
}

const toText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const numberField = reader('a number', toNumber);
export const textField = reader('a text', toText);
export const flagField = reader('true or false', (value) => (typeof value === 'boolean' ? value : undefined));
export const textsField = reader('a list of texts', (value) => toList(value, toText));
export const numbersField = reader('a list of numbers', (value) => toList(value, toNumber));

/** A number, or one for each block that is the same for all. */
export const uniformField = reader('a number, the same for every block', (value) => {
  const each = new Set(Array.isArray(value) ? value : [value]);
  return each.size === 1 ? toNumber([...each][0]) : undefined;
});
