/** A checkpoint: what it says of itself, and where its tensors lie. */
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

/**
 * @param path of a folder with config.json
 * @throws LANGUAGE_MODEL_INVALID if there is no config
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const file = join(path, 'config.json');
  return { config: { file, fields: await readJsonObject(file) }, tensors: () => readFolderTensors(path) };
}
