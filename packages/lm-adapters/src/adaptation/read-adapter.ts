/** A PEFT adapter: the folder that `save_pretrained` writes for LoRA, adapter_config.json and adapter_model.safetensors. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { readHeader } from '@interfuse/safetensors';
import { invalidField, type ModelConfig, number, onlyValue, readJsonObject, wholeNumber } from '../model-config.js';

/** What stands before the name of a module in an adapter: PEFT's own modules around the model. */
const peftPrefix = 'base_model.model.';

/** PEFT's name of A of a module of the Hugging Face model. */
export const downName = (module: string): string => `${peftPrefix}${module}.lora_A.weight`;

/** PEFT's name of B. */
export const upName = (module: string): string => `${peftPrefix}${module}.lora_B.weight`;

export interface StoredAdapter {
  readonly file: string;
  readonly rank: number;
  readonly alpha: number;
  /** Names of the adapted modules in the Hugging Face model. */
  readonly modules: readonly string[];
  /** Names of A [rank, inputs] and B [outputs, rank] of a module. @throws LANGUAGE_MODEL_INVALID unless they are there */
  find(module: string, sizes: { readonly outputs: number; readonly inputs: number }): { down: string; up: string };
}

/** @throws LANGUAGE_MODEL_UNKNOWN, LANGUAGE_MODEL_INVALID for what is no LoRA or a variant of it */
export async function readAdapter(folder: string): Promise<StoredAdapter> {
  const configFile = join(folder, 'adapter_config.json');
  const file = resolve(folder, 'adapter_model.safetensors');
  for (const needed of [configFile, file]) {
    if (existsSync(needed)) continue;
    throw new InterfuseError('LANGUAGE_MODEL_UNKNOWN', {
      place: 'languageModel.options.lora.from',
      expected: 'the folder of a PEFT adapter, with adapter_config.json and adapter_model.safetensors',
      got: `no ${needed}`,
      remedy: 'Write one with `interfuse lm save`, or with `save_pretrained` of PEFT.',
    });
  }
  const config: ModelConfig = { file: configFile, fields: await readJsonObject(configFile) };
  onlyValue(config, 'peft_type', 'LORA', 'LORA');
  onlyValue(config, 'bias', 'none', 'none');
  onlyValue(config, 'use_dora', false, false);
  for (const field of ['modules_to_save', 'rank_pattern', 'alpha_pattern']) {
    const value = config.fields[field] ?? {};
    if (Object.keys(value).length > 0) throw invalidField(config, field, 'none', value);
  }
  const rank = wholeNumber(config, 'r');
  const alpha = number(config, 'lora_alpha', 8);
  const { tensors } = readHeader(file);
  return {
    file,
    rank,
    // The rank-stabilised scale (arXiv 2312.03732) is alpha / sqrt(rank).
    alpha: config.fields.use_rslora === true ? alpha * Math.sqrt(rank) : alpha,
    modules: modulesAmong(file, [...tensors.keys()]),
    find(module, { outputs, inputs }) {
      const [down, up] = [downName(module), upName(module)];
      const expected = [
        [down, [rank, inputs]],
        [up, [outputs, rank]],
      ] as const;
      for (const [name, shape] of expected) {
        const got = tensors.get(name)?.shape;
        if (`${got}` === `${shape}`) continue;
        throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
          place: `${file}: ${name}`,
          expected: `[${shape.join(', ')}]`,
          got: got === undefined ? 'no such tensor' : `[${got.join(', ')}]`,
          remedy: 'Use an adapter that was trained on this checkpoint.',
        });
      }
      return { down, up };
    },
  };
}

function modulesAmong(file: string, names: readonly string[]): string[] {
  const modules = new Set<string>();
  const strange = names.filter((name) => {
    const [, module] = /^base_model\.model\.(.+)\.lora_[AB]\.weight$/.exec(name) ?? [];
    if (module !== undefined) modules.add(module);
    return module === undefined;
  });
  if (strange.length === 0) return [...modules];
  throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: file,
    expected: `tensors ${peftPrefix}<module>.lora_A.weight and .lora_B.weight`,
    got: strange.join(', '),
    remedy: 'Save the adapter of a plain LoRA, without trained embeddings or biases.',
  });
}
