/** The order in which an epoch visits the training samples. */
import { drawKey, hashString, uniformAt } from '@interfuse/nn';

/**
 * A uniformly random permutation of 0 to size-1 (Fisher and Yates), a function of its arguments alone: strategies that
 * are compared see the same samples in the same order, and a resumed run goes on as if it had never stopped.
 *
 * @param epoch counted from 0
 */
export function epochOrder(size: number, seed: number, epoch: number): Int32Array {
  const order = Int32Array.from({ length: size }, (_, row) => row);
  const draw = drawKey(seed, epoch, hashString('epoch order'));
  for (let last = size - 1; last > 0; last -= 1) {
    const chosen = Math.floor(uniformAt(draw, last) * (last + 1));
    const row = order[last] as number;
    order[last] = order[chosen] as number;
    order[chosen] = row;
  }
  return order;
}
