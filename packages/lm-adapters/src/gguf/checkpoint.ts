/** A GGUF file as a checkpoint: its fields as a config, its tensors by the names of Hugging Face. */
import { resolve } from 'node:path';
import type { Checkpoint } from '../checkpoint.js';
import { readGguf } from './container.js';
import { modelConfigOf } from './model-config.js';
import { namedTensors } from './tensor-names.js';

/** @throws GGUF_INVALID, FILE_NOT_FOUND */
export async function openGgufCheckpoint(path: string): Promise<Checkpoint> {
  const gguf = await readGguf(resolve(path));
  const config = await modelConfigOf(gguf);
  const isMoved = gguf.metadata.get('general.architecture') === 'llama';
  const headWidth = isMoved ? (config.fields.head_dim as number) : undefined;
  const { file: place } = gguf;
  return { config, tensors: async () => ({ place, tensors: namedTensors(gguf, headWidth) }) };
}
