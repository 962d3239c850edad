/**
 * Encoders of grouped tokens: one for each stream, and one of all streams together with leaves of its own (the three
 * encoders of DMPF). What a group reads is normed once, before all blocks.
 */
import type { Batch, Encoder, Pass, Tensors, TensorTree } from '@interfuse/core';
import { encoderLeaves, encodeStreams, type Frames, inFork, layerNorm, layerNormLeaves } from '@interfuse/nn';
import { jointStreamLeaves, jointStreams } from '../joint-streams.js';
import { jointGroup } from './token-groups.js';

type Encoders = { readonly [stream: string]: Encoder };

/** @param jointWidth width of the joint vectors; null is that of the widest encoder */
export function groupEncoderLeaves(encoders: Encoders, jointWidth: number | null) {
  const joint = jointStreamLeaves(encoders, jointWidth);
  const own = encoderLeaves(encoders);
  const widths = Object.fromEntries(Object.entries(encoders).map(([stream, { width }]) => [stream, width]));
  return {
    parameters: {
      encoders: own.parameters,
      norms: Object.fromEntries(Object.entries(widths).map(([stream, width]) => [stream, layerNormLeaves(width)])),
      joint: joint.parameters,
    },
    state: { encoders: own.state, joint: joint.state },
    /** e of every group, by its name. */
    widths: { ...widths, [jointGroup]: joint.width } as Readonly<Record<string, number>>,
  };
}

type GroupEncoders = ReturnType<typeof groupEncoderLeaves>;

/** @returns Z of every group by its name, values [B, T, e] and mask [B, T] */
export function encodeGroups(
  encoders: Encoders,
  params: Tensors<GroupEncoders['parameters']>,
  state: Tensors<GroupEncoders['state']>,
  batch: Pick<Batch, 'streams'>,
  pass: Pass,
): { encoded: Record<string, Frames>; state: { encoders: TensorTree; joint: TensorTree } } {
  const own = encodeStreams(encoders, params.encoders, state.encoders, batch, pass);
  const joint = jointStreams(encoders, params.joint, state.joint, batch, inFork(pass, jointGroup));
  const encoded: Record<string, Frames> = {};
  for (const [stream, { values, mask }] of Object.entries(own.encoded)) {
    const norm = params.norms[stream] as Tensors<ReturnType<typeof layerNormLeaves>>;
    encoded[stream] = { values: layerNorm(norm, values), mask };
  }
  encoded[jointGroup] = { values: joint.values, mask: joint.mask };
  return { encoded, state: { encoders: own.state, joint: joint.state } };
}
