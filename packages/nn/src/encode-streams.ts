/** All encoders of a run, side by side: their leaves as one tree, and one call that encodes every stream of a batch. */
import type { Batch, Encoded, Encoder, Leaves, Pass, Tensors, TensorTree } from '@interfuse/core';
import { mapLeaves } from './leaves.js';
import { inFork } from './random.js';
import { flattenLeaves } from './trees.js';

type ByStream<T> = { readonly [stream: string]: T };

/** The leaves of all encoders by stream, in the parameter group `encoders` unless they name their own. */
export function encoderLeaves(encoders: ByStream<Encoder>): { parameters: ByStream<Leaves>; state: ByStream<Leaves> } {
  const parameters: Record<string, Leaves> = {};
  const state: Record<string, Leaves> = {};
  for (const [stream, encoder] of Object.entries(encoders)) {
    parameters[stream] = mapLeaves(encoder.parameters, (leaf) => ({ group: 'encoders', ...leaf }));
    state[stream] = encoder.state;
  }
  return { parameters, state };
}

/** Whether encoders look at every sample by itself: none of them keeps statistics of batches. */
export function encodeSamplesAlone(encoders: ByStream<Encoder>): boolean {
  return Object.values(encoders).every(({ state }) => flattenLeaves(state).size === 0);
}

/** Encodes every stream that has an encoder; each draws random numbers of its own. */
export function encodeStreams(
  encoders: ByStream<Encoder>,
  params: ByStream<Tensors<Leaves>>,
  state: ByStream<Tensors<Leaves>>,
  batch: Pick<Batch, 'streams'>,
  pass: Pass,
): { encoded: Record<string, Encoded>; state: Record<string, TensorTree> } {
  const encoded: Record<string, Encoded> = {};
  const after: Record<string, TensorTree> = {};
  for (const [stream, encoder] of Object.entries(encoders)) {
    const result = encoder.encode(
      params[stream] ?? {},
      state[stream] ?? {},
      batch.streams[stream] as NonNullable<Batch['streams'][string]>,
      inFork(pass, `encoders/${stream}`),
    );
    encoded[stream] = result.encoded;
    after[stream] = result.state;
  }
  return { encoded, state: after };
}

/** What `each` makes of every encoded stream and the parameters that belong to it, in the order of the streams. */
export function perStream<P, R>(
  encoded: ByStream<Encoded>,
  params: ByStream<P>,
  each: (encoded: Encoded, params: P, stream: string) => R,
): R[] {
  return Object.entries(encoded).map(([stream, vectors]) => each(vectors, params[stream] as P, stream));
}
