/** Values of fresh leaves: a function of the run's seed and the leaf's path, whatever the order of allocation. */
import { InterfuseError, type Leaf } from '@interfuse/core';
import { drawKey, hashString, uniformAt } from './random.js';
import { leafSize } from './trees.js';

/**
 * @param path of the leaf in its tree
 * @returns float32 values in row-major order
 * @throws SHAPE_MISMATCH if the leaf is stored in a file: its values come from there
 */
export function initialValues(leaf: Leaf, path: string, seed: number): Float32Array {
  const { start } = leaf;
  const values = new Float32Array(leafSize(leaf));
  const draw = drawKey(seed, 0, hashString(path));
  switch (start.kind) {
    case 'constant':
      return values.fill(start.value);
    case 'uniform':
      return values.map((_, index) => (2 * uniformAt(draw, index) - 1) * start.bound);
    case 'normal':
      // Box and Muller (1958); 1 - u keeps the logarithm's argument above zero.
      return values.map((_, index) => {
        const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(draw, 2 * index)));
        return radius * Math.cos(2 * Math.PI * uniformAt(draw, 2 * index + 1)) * start.deviation;
      });
    case 'stored':
      throw new InterfuseError('SHAPE_MISMATCH', {
        place: path,
        expected: 'a leaf with an initializer',
        got: `a leaf stored in ${start.file}`,
      });
  }
}
