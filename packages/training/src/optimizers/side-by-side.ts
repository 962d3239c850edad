/**
 * Small leaves side by side in one vector, so that an optimizer takes a few operations for all of them instead of some
 * twenty for each ("multi-tensor apply"). Entry by entry the numbers are the same.
 */
import type { Leaf, TensorMap } from '@interfuse/core';
import { leafSize, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { mainGroup } from './groups.js';
import type { GradientTransform, LeafMap } from './transform.js';

/** Entries of the largest leaf that is joined with others: beyond it, copying costs more than operations do. */
const largestJoined = 16_384;

/** Leaves that an optimizer treats alike, by the path of their joint vector. */
type Joints = ReadonlyMap<string, LeafMap>;

function jointsOf(leaves: LeafMap): Joints {
  const joints = new Map<string, Map<string, Leaf>>();
  for (const [path, leaf] of leaves) {
    if (leafSize(leaf) > largestJoined) continue;
    const joint = `joined/${leaf.group ?? mainGroup}/${leaf.decay === false ? 'without-decay' : 'with-decay'}`;
    joints.set(joint, (joints.get(joint) ?? new Map<string, Leaf>()).set(path, leaf));
  }
  return new Map([...joints].filter(([, members]) => members.size > 1));
}

/** The leaves with those that are joined replaced by their joint vectors. */
function joinedLeaves(leaves: LeafMap, joints: Joints): Map<string, Leaf> {
  const joined = new Map(leaves);
  for (const [joint, members] of joints) {
    const [first] = members.values() as Iterable<Leaf>;
    const size = [...members.values()].reduce((sum, leaf) => sum + leafSize(leaf), 0);
    for (const path of members.keys()) joined.delete(path);
    joined.set(joint, { ...(first as Leaf), shape: [size], start: zeros([size]).start });
  }
  return joined;
}

function join(tensors: TensorMap, joints: Joints): Record<string, tf.Tensor> {
  const joined = { ...tensors };
  for (const [joint, members] of joints) {
    const parts = [...members.keys()].map((path) => tf.reshape(tensors[path] as tf.Tensor, [-1]));
    for (const path of members.keys()) delete joined[path];
    joined[joint] = tf.concat(parts);
  }
  return joined;
}

function part(tensors: TensorMap, joints: Joints): Record<string, tf.Tensor> {
  const parted = { ...tensors };
  for (const [joint, members] of joints) {
    const leaves = [...members];
    const parts = tf.split(
      tensors[joint] as tf.Tensor,
      leaves.map(([, leaf]) => leafSize(leaf)),
    );
    delete parted[joint];
    leaves.forEach(([path, { shape }], i) => {
      parted[path] = tf.reshape(parts[i] as tf.Tensor, [...shape]);
    });
  }
  return parted;
}

/** Tensors by the paths of leaves, small ones joined: the same entries in fewer tensors. */
export function sideBySide(tensors: TensorMap, leaves: LeafMap): Record<string, tf.Tensor> {
  return join(tensors, jointsOf(leaves));
}

/** The same transform, for which small leaves of one group and decay are one leaf. It must work entry by entry, or on norms. */
export function overJointLeaves(transform: GradientTransform): GradientTransform {
  return {
    init: (leaves) => transform.init(joinedLeaves(leaves, jointsOf(leaves))),
    update(gradients, state, { leaves, parameters, learningRate }) {
      const joints = jointsOf(leaves);
      const { updates, state: next } = transform.update(join(gradients, joints), state, {
        leaves: joinedLeaves(leaves, joints),
        parameters: join(parameters, joints),
        learningRate,
      });
      return { updates: part(updates, joints), state: next };
    },
  };
}
