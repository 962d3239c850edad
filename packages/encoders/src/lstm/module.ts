/** LSTM encoder of one stream (Hochreiter and Schmidhuber 1997); at a masked step its state stands still. */
import {
  type Encoder,
  InterfuseError,
  type Pass,
  type StreamInput,
  type StreamSpec,
  type Tensors,
  type TensorTree,
} from '@interfuse/core';
import { dropout, type LstmLeaves, lstm as longShortTermMemory, lstmLeaves, resample, zeroMasked } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { realFrames } from '../frames.js';
import type { LstmOptions } from './plugin.js';

export function createLstm(options: LstmOptions, { stream }: { stream: StreamSpec }): Encoder {
  const { width, bidirectional, dropout: rate, steps, align } = options;
  if (bidirectional && width % 2 !== 0) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: `encoders.${stream.name}.options.width`,
      expected: 'an even width, half of it for each direction',
      got: String(width),
    });
  }
  const hidden = bidirectional ? width / 2 : width;
  const parameters: { forward: LstmLeaves; backward?: LstmLeaves } = {
    forward: lstmLeaves(stream.width, hidden),
    ...(bidirectional ? { backward: lstmLeaves(stream.width, hidden) } : {}),
  };

  function encode(params: Tensors<typeof parameters>, state: TensorTree, input: StreamInput, pass: Pass) {
    const { values, mask } = resample(realFrames(input), steps, align);
    const outputs = [longShortTermMemory(params.forward, values, mask).outputs]; // [B, T, hidden]
    if (params.backward) {
      outputs.push(longShortTermMemory(params.backward, values, mask, { reverse: true }).outputs);
    }
    const x = dropout(tf.concat(outputs, -1), rate, pass); // [B, T, D]
    return { encoded: { values: zeroMasked(x, mask), mask }, state };
  }

  return {
    parameters,
    state: {},
    width,
    ...(steps === null ? {} : { steps }),
    encode,
  };
}
