/** Writes what is trained as a Hugging Face folder: weights under transformers' names, card beside them. */
import { join } from 'node:path';
import type { CheckpointTensor, HostTensor, Store } from '@interfuse/core';
import { type TensorToWrite, writeSafetensors } from '@interfuse/safetensors';

/** @param checkpoint the tensors of the leaves of the model, by path */
export async function writeWeights(
  folder: string,
  store: Store,
  checkpoint: ReadonlyMap<string, CheckpointTensor>,
  type: 'F16' | 'F32',
): Promise<void> {
  const values = await store.read([...checkpoint.keys()].map((path) => `parameters/${path}`));
  const tensors = [...checkpoint].map(([path, { name, transposed }]): [string, TensorToWrite] => {
    const value = values[`parameters/${path}`] as HostTensor;
    return [name, { ...(transposed ? transpose(value) : { shape: value.shape, data: value.data }), type }];
  });
  await writeSafetensors(join(folder, 'model.safetensors'), Object.fromEntries(tensors), { format: 'pt' });
}

function transpose({ shape, data }: HostTensor): TensorToWrite {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      turned[column * rows + row] = data[row * columns + column] as number;
    }
  }
  return { shape: [columns, rows], data: turned };
}
