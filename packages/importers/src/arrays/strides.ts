/** How far apart, in entries, the neighbours along each axis of an array lie that has no gaps, in C or Fortran order. */
export function packedStrides(shape: readonly number[], order: 'C' | 'F'): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = 0; i < shape.length; i += 1) {
    const axis = order === 'F' ? i : shape.length - 1 - i;
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}
