/** Some features of an array in which several modalities stand side by side. */
import { invalidImport, type NumberArray } from '../arrays/stored-array.js';

/** Features `from` to `to`, exclusive, of the last axis. @throws IMPORT_INVALID */
export function columnsOf(array: NumberArray, from: number, to: number): NumberArray {
  const width = array.shape.at(-1) ?? 0;
  const place = `${array.place}[${from}:${to}]`;
  if (from < 0 || to <= from || to > width)
    throw invalidImport(place, `features within 0 to ${width}`, `${from}:${to}`);
  return {
    kind: 'numbers',
    place,
    shape: [...array.shape.slice(0, -1), to - from],
    async *blocks(count) {
      for await (const block of array.blocks(count)) {
        const rows = block.length / width;
        const picked = new Float64Array(rows * (to - from));
        for (let row = 0; row < rows; row += 1) {
          picked.set(block.subarray(row * width + from, row * width + to), row * (to - from));
        }
        yield picked;
      }
    },
  };
}
