/**
 * The inputs of steps by path, and the batch that a model sees.
 *
 *     rows                          int32 [B]
 *     text/tokens, text/mask        int32, bool [B, L]
 *     text/present                  bool [B]
 *     text/prefix/<depth>           float32 [B, L, width], where the host has memoised it
 *     streams/<name>/values, /mask  float32 [B, S, W], bool [B, S]
 *     streams/<name>/present        bool [B]
 *     streams/<name>/spans          float32 [B, L, 2], for strategies that require word times
 *     labels/<name>/values, /known  float32 [B, 1], bool [B]
 *     step, epoch, learningRate     scalars
 */
import {
  type Batch,
  type HostTensor,
  InterfuseError,
  type LabelInput,
  type StreamInput,
  type TensorMap,
  type TextInput,
} from '@interfuse/core';
import type { Tensor } from '@tensorflow/tfjs';

export function scalarInt(value: number): HostTensor {
  return { shape: [], type: 'int32', data: Int32Array.of(value) };
}

export function scalarFloat(value: number): HostTensor {
  return { shape: [], type: 'float32', data: Float32Array.of(value) };
}

/** @throws SHAPE_MISMATCH if the step was run without this input */
export function input(inputs: TensorMap, path: string): Tensor {
  const tensor = inputs[path];
  if (tensor) return tensor;
  throw new InterfuseError('SHAPE_MISMATCH', {
    place: `input ${path}`,
    expected: 'a tensor',
    got: `none; there are: ${Object.keys(inputs).join(', ')}`,
    remedy: 'Pass this input to the program.',
  });
}

/** The batch whose tensors have these paths. */
export function batchFromInputs(inputs: TensorMap): Batch {
  const streams = Object.fromEntries(
    namesUnder(inputs, 'streams').map((name): [string, StreamInput] => {
      const part = (field: string): Tensor => input(inputs, `streams/${name}/${field}`);
      const spans = inputs[`streams/${name}/spans`];
      return [
        name,
        { values: part('values'), mask: part('mask'), present: part('present'), ...(spans ? { spans } : {}) },
      ];
    }),
  );
  const labels = Object.fromEntries(
    namesUnder(inputs, 'labels').map((name): [string, LabelInput] => {
      const part = (field: string): Tensor => input(inputs, `labels/${name}/${field}`);
      return [name, { values: part('values'), known: part('known') }];
    }),
  );
  const text = inputs['text/tokens'] ? { text: textFromInputs(inputs) } : {};
  return { rows: input(inputs, 'rows'), ...text, streams, labels };
}

/** Path of the hidden states of the text after so many blocks. */
export const prefixPath = (depth: number): string => `text/prefix/${depth}`;

function textFromInputs(inputs: TensorMap): TextInput {
  const states = Object.entries(inputs).filter(([path]) => path.startsWith('text/prefix/'));
  const prefix = Object.fromEntries(states.map(([path, hidden]) => [path.slice('text/prefix/'.length), hidden]));
  return {
    tokens: input(inputs, 'text/tokens'),
    mask: input(inputs, 'text/mask'),
    present: input(inputs, 'text/present'),
    ...(states.length > 0 ? { prefix } : {}),
  };
}

/** The names between `folder/` and the last part of the path, each once, in the order of the inputs. */
function namesUnder(inputs: TensorMap, folder: string): string[] {
  const names = Object.keys(inputs)
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1, path.lastIndexOf('/')));
  return [...new Set(names)];
}
