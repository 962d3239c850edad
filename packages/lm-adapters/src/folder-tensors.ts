/**
 * The tensors of a Hugging Face folder: `model.safetensors`, or the shards that `model.safetensors.index.json` lists, of
 * which only the headers are read.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { readHeader, type SafetensorsHeader } from '@interfuse/safetensors';
import type { CheckpointTensors, FoundTensor } from './checkpoint.js';
import { listed } from './listed.js';
import { readJsonObject } from './model-config.js';

const wholeFile = 'model.safetensors';
const indexFile = 'model.safetensors.index.json';

/** Whether a folder has weights of a form that is read. */
export function hasWeights(folder: string): boolean {
  return [wholeFile, indexFile].some((name) => existsSync(join(folder, name)));
}

/** @throws LANGUAGE_MODEL_INVALID if neither is there or the index does not fit its shards; SAFETENSORS_INVALID */
export async function readFolderTensors(path: string): Promise<CheckpointTensors> {
  const folder = resolve(path);
  const whole = join(folder, wholeFile);
  if (existsSync(whole)) return { place: folder, tensors: tensorsOf([readHeader(whole)]) };
  const index = join(folder, indexFile);
  if (existsSync(index)) return { place: folder, tensors: await readShards(folder, index) };
  throw withoutWeights(folder);
}

function tensorsOf(headers: readonly SafetensorsHeader[]): Map<string, FoundTensor> {
  const found = new Map<string, FoundTensor>();
  for (const { file, tensors } of headers) {
    for (const [tensor, entry] of tensors) found.set(tensor, { ...entry, start: { kind: 'stored', file, tensor } });
  }
  return found;
}

async function readShards(folder: string, index: string): Promise<Map<string, FoundTensor>> {
  const shardOf = await readWeightMap(index);
  const shards = [...new Set(shardOf.values())];
  const absent = shards.filter((shard) => !existsSync(join(folder, shard)));
  if (absent.length > 0) {
    throw invalidIndex(index, `the ${shards.length} shards that it lists`, `${listed(absent)} missing`);
  }
  const headers = new Map(shards.map((shard) => [shard, readHeader(join(folder, shard))]));
  const lacking = [...shardOf].filter(([tensor, shard]) => !headers.get(shard)?.tensors.has(tensor));
  if (lacking.length > 0) {
    const names = lacking.map(([tensor, shard]) => `${tensor} (not in ${shard})`);
    throw invalidIndex(index, 'tensors that lie in the shards it names', listed(names));
  }
  const found = tensorsOf([...headers.values()]);
  // A tensor that two shards hold is the one that the index names.
  for (const [tensor, shard] of shardOf) {
    const entry = headers.get(shard)?.tensors.get(tensor);
    if (entry) found.set(tensor, { ...entry, start: { kind: 'stored', file: join(folder, shard), tensor } });
  }
  return found;
}

/** The file of each tensor. A shard lies beside its index: a name that leads elsewhere is refused. */
async function readWeightMap(index: string): Promise<Map<string, string>> {
  const { weight_map: map } = await readJsonObject(index);
  if (typeof map !== 'object' || map === null || Array.isArray(map) || Object.keys(map).length === 0) {
    throw invalidIndex(index, 'a weight_map from tensors to files', JSON.stringify(map) ?? 'nothing');
  }
  const entries = Object.entries(map as Record<string, unknown>);
  const isFileName = (name: unknown): boolean =>
    typeof name === 'string' && name === basename(name) && !name.includes('\\') && name.endsWith('.safetensors');
  const strange = entries.filter(([, name]) => !isFileName(name));
  if (strange.length > 0) {
    const names = strange.map(([tensor, name]) => `${JSON.stringify(name)} for ${tensor}`);
    throw invalidIndex(index, 'names of safetensors files in the same folder', listed(names));
  }
  return new Map(entries as [string, string][]);
}

function invalidIndex(index: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: index,
    expected,
    got,
    remedy: 'Fetch the checkpoint again, with all of its files.',
  });
}

function withoutWeights(folder: string): InterfuseError {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const pickle = names.find((name) => /^pytorch_model.*\.bin(\.index\.json)?$/.test(name));
  const gguf = names.find((name) => name.endsWith('.gguf'));
  const remedies = [
    pickle &&
      `A pickle can run any program, so it is not opened. Convert it: python -c "from transformers import AutoModelForCausalLM as M; M.from_pretrained('${folder}').save_pretrained('${folder}', safe_serialization=True)"`,
    gguf && `Name the file itself: languageModel.options.checkpoint=${join(folder, gguf)}`,
    'Save the checkpoint as safetensors, or set languageModel.options.weights to "random".',
  ];
  return new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: folder,
    expected: `${wholeFile} or ${indexFile}`,
    got: pickle ?? gguf ?? 'neither',
    remedy: remedies.find((remedy) => remedy !== undefined) as string,
  });
}
