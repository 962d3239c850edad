/** Dynamic time warping (Sakoe and Chiba 1978): which frame of one sound is which frame of another that says the same. */

/** The frames that belong together, both in order: from the first of both to the last of both. */
export interface WarpingPath {
  readonly here: Int32Array;
  readonly there: Int32Array;
}

/**
 * The path of the least sum of distances; a step of it goes on by one frame here, there or in both.
 *
 * @param here [frames, width]
 * @param there [frames, width], of another number of frames
 */
export function warp(here: Float64Array, there: Float64Array, width: number): WarpingPath {
  const [rows, columns] = [here.length / width, there.length / width];
  const sums = new Float64Array(rows * columns);
  const sumAt = (i: number, j: number) =>
    i < 0 || j < 0 ? Number.POSITIVE_INFINITY : (sums[i * columns + j] as number);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      const before = Math.min(sumAt(i - 1, j - 1), sumAt(i - 1, j), sumAt(i, j - 1));
      sums[i * columns + j] = distance(here, i, there, j, width) + (i + j === 0 ? 0 : before);
    }
  }
  const path: [number, number][] = [];
  for (let [i, j] = [rows - 1, columns - 1]; i >= 0 && j >= 0; ) {
    path.push([i, j]);
    const [both, one, other] = [sumAt(i - 1, j - 1), sumAt(i - 1, j), sumAt(i, j - 1)];
    const least = Math.min(both, one, other);
    if (both === least || one === least) i -= 1;
    if (both === least || one !== least) j -= 1;
  }
  path.reverse();
  return { here: Int32Array.from(path, ([i]) => i), there: Int32Array.from(path, ([, j]) => j) };
}

/** Where a moment between two frames there lies here, both counted in frames from the start. */
export function momentHere({ here, there }: WarpingPath, moment: number): number {
  // A frame stands for its middle.
  const after = there.findIndex((frame) => frame + 0.5 > moment);
  if (after === -1) return (here.at(-1) as number) + 1;
  return after === 0 ? 0 : ((here[after - 1] as number) + (here[after] as number) + 1) / 2;
}

function distance(here: Float64Array, i: number, there: Float64Array, j: number, width: number): number {
  let squares = 0;
  for (let k = 0; k < width; k += 1) {
    const difference = (here[i * width + k] as number) - (there[j * width + k] as number);
    squares += difference * difference;
  }
  return Math.sqrt(squares);
}
