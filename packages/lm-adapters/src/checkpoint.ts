/** A checkpoint: what it says of itself, and where its tensors lie, in a Hugging Face folder or a GGUF file. */
import { join } from 'node:path';
import type { Stored } from '@interfuse/core';
import type { Encoded } from '@interfuse/safetensors';
import { readFolderTensors } from './folder-tensors.js';
import { type ModelConfig, readJsonObject } from './model-config.js';

/** Where a tensor lies, before anything of it is read. */
export interface FoundTensor extends Encoded {
  readonly shape: readonly number[];
  readonly start: Stored;
}

/** The tensors of a checkpoint, by the names that Hugging Face gives them. */
export interface CheckpointTensors {
  /** For messages. */
  readonly place: string;
  readonly tensors: ReadonlyMap<string, FoundTensor>;
}

export interface Checkpoint {
  readonly config: ModelConfig;
  tensors(): Promise<CheckpointTensors>;
}

export function isGguf(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf');
}

/**
 * @param path of a folder with config.json, or of a GGUF file
 * @throws LANGUAGE_MODEL_INVALID if there is no config, or no header of a GGUF file that is sound
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  if (isGguf(path)) return (await import('./gguf/checkpoint.js')).openGgufCheckpoint(path);
  const file = join(path, 'config.json');
  return { config: { file, fields: await readJsonObject(file) }, tensors: () => readFolderTensors(path) };
}
