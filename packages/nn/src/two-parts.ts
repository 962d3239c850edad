/** A forward pass from two parts: what is read of every sample by itself, and what is concluded from the whole batch. */
import type { Batch, Inspected, Output, Pass, TensorTree } from '@interfuse/core';
import type { Tensor } from '@tensorflow/tfjs';

type Named = { readonly [name: string]: Tensor };
type States = { readonly [name: string]: Tensor | TensorTree };

/** What the first part gives. */
export interface ReadSamples {
  /** [B, ...] float32 each. */
  readonly read: Named;
  /** Its share of the new state. */
  readonly state: States;
  readonly inspect?: { readonly [name: string]: Inspected };
}

type Read<P, S, B> = (params: P, state: S, batch: B, pass: Pass) => ReadSamples;
type Conclude<P, S, R, B> = (params: P, state: S, read: R, batch: B, pass: Pass) => { output: Output; state: States };

/**
 * `forward` of a fusion module, and its `parts` if samples do not meet in the first part.
 *
 * @param samplesAlone whether `read` neither looks across the batch nor changes state: `encodeSamplesAlone` where
 *   encoders are all that may
 */
export function twoParts<P, S extends object, R extends Named, B extends Batch>(
  read: (...args: Parameters<Read<P, S, B>>) => ReadSamples & { readonly read: R },
  conclude: Conclude<P, S, R, B>,
  { samplesAlone }: { readonly samplesAlone: boolean },
) {
  return {
    forward(params: P, before: S, batch: B, pass: Pass): { output: Output; state: TensorTree } {
      const first = read(params, before, batch, pass);
      const second = conclude(params, before, first.read, batch, pass);
      const inspect = { ...first.inspect, ...second.output.inspect };
      const output = Object.keys(inspect).length === 0 ? second.output : { ...second.output, inspect };
      return { output, state: { ...first.state, ...second.state } };
    },
    ...(samplesAlone
      ? {
          parts: {
            read: (params: P, state: S, batch: B, pass: Pass): R => read(params, state, batch, pass).read,
            conclude(params: P, before: S, values: R, batch: B, pass: Pass) {
              const { output, state } = conclude(params, before, values, batch, pass);
              return { output, state: { ...before, ...state } as TensorTree };
            },
          },
        }
      : {}),
  };
}
