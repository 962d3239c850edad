/** What the leaves of a plugin of any kind have to be: sound, the same every time, and nothing but declared. */
import { isLeaf, type Leaf, type Leaves } from '@interfuse/core';
import { flattenLeaves } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { nonconformity, type Tried } from '../claim.js';

/** @throws PLUGIN_NONCONFORMING if leaves have extents or names that cannot be, or differ between two declarations */
export function assertSoundLeaves(subject: Tried, first: Leaves, second: Leaves): void {
  for (const problem of leafProblems(first)) {
    throw nonconformity(subject, {
      expected: 'leaves of whole, positive extents, under names that are not empty and hold no "/"',
      got: problem,
      usualCause: 'a width that comes out as a fraction or NaN, or a name put together from a path.',
    });
  }
  const changed = firstChange(flattenLeaves(first), flattenLeaves(second));
  if (changed === undefined) return;
  throw nonconformity(subject, {
    expected: 'the same leaves whenever the same options and host are given: checkpoints are read by their paths',
    got: `another declaration of ${changed} the second time`,
    usualCause:
      'Math.random, a counter or the clock in the factory; starts are initializers, and the seed does the rest.',
  });
}

/** @throws PLUGIN_NONCONFORMING if the factory makes tensors, or its tree is empty though it has to have leaves */
export async function assertOnlyDeclares(
  subject: Tried,
  make: () => Promise<{ readonly leaves: number }>,
): Promise<void> {
  const before = tf.engine().state.numTensors;
  const { leaves } = await make();
  const made = tf.engine().state.numTensors - before;
  if (made === 0 && leaves > 0) return;
  throw nonconformity(subject, {
    expected: 'a factory that only declares leaves, so that parameters are counted before any of them exists',
    got: `${made} tensors made in the factory and ${leaves} parameters declared`,
    usualCause: 'a constant made with tf.tensor in the factory; make it in forward, or declare it as a leaf.',
  });
}

function leafProblems(tree: Leaves, path = ''): string[] {
  return Object.entries(tree).flatMap(([name, node]: [string, Leaf | Leaves]) => {
    const inner = path === '' ? name : `${path}/${name}`;
    const named = name === '' || name.includes('/') ? [`the name "${name}" below "${path}"`] : [];
    if (!isLeaf(node)) return [...named, ...leafProblems(node, inner)];
    const sound = node.shape.every((extent) => Number.isInteger(extent) && extent > 0);
    return sound ? named : [...named, `${inner} of shape [${node.shape.join(', ')}]`];
  });
}

/** The first path that is declared as something else the second time. */
function firstChange(before: ReadonlyMap<string, Leaf>, after: ReadonlyMap<string, Leaf>): string | undefined {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].find((path) => JSON.stringify(before.get(path)) !== JSON.stringify(after.get(path)));
}
