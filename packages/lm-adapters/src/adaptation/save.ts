/** A trained language model as others read it: its low-rank additions as a PEFT adapter, or all of it as a checkpoint. */
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Adaptation, type CheckpointTensor, InterfuseError, type LanguageModel } from '@interfuse/core';
import { flattenLeaves, leafSize } from '@interfuse/nn';
import { encodeHeader, writeFileWhole, writeSafetensors, writeWhole } from '@interfuse/safetensors';
import { readJsonObject } from '../model-config.js';
import { downName, upName } from './read-adapter.js';

export interface TrainedLanguageModel {
  readonly model: LanguageModel;
  /** Values of the leaf at this path in the tree of the model, in its own order. */
  read(path: string): Promise<Float32Array>;
}

const adapterConfig = 'adapter_config.json';
const adapterWeights = 'adapter_model.safetensors';
const weightsFile = 'model.safetensors';

/** What lies beside the weights of a checkpoint and stays as it is. */
const companions = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.json',
  'merges.txt',
  'vocab.txt',
  'tokenizer.model',
  'generation_config.json',
];

/**
 * Writes a folder that PEFT's `PeftModel.from_pretrained` reads, and `lora.from` here.
 *
 * @param folder exists
 * @param base the checkpoint that was adapted, as the user calls it
 * @returns names of the files
 * @throws PLUGIN_REQUIREMENT if the model has no low-rank additions
 */
export async function saveAdapter(folder: string, { model, read }: TrainedLanguageModel, base: string) {
  const { train, lowRank, tensors } = adaptationOf(model);
  if (!lowRank) {
    throw new InterfuseError('PLUGIN_REQUIREMENT', {
      place: 'languageModel.options.train',
      expected: 'lora, whose additions are an adapter',
      got: train,
      remedy: 'Save the whole model with --merged, or train with languageModel.options.train=lora.',
    });
  }
  const { rank, alpha, dropout, modules } = lowRank;
  const leaves = flattenLeaves(model.parameters);
  const matrices: Record<string, { shape: readonly number[]; data: Float32Array }> = {};
  for (const [path, module] of modules) {
    for (const [part, name] of [
      ['down', downName(module)],
      ['up', upName(module)],
    ] as const) {
      const at = `${path}/lora/${part}`;
      matrices[name] = { shape: leaves.get(at)?.shape ?? [], data: await read(at) };
    }
  }
  const names = [...new Set([...modules.values()].map((module) => module.slice(module.lastIndexOf('.') + 1)))];
  const config = {
    base_model_name_or_path: base,
    bias: 'none',
    // "Conv1D", the layer of GPT-2, stores the transpose.
    fan_in_fan_out: [...modules.keys()].some((path) => tensors.get(`${path}/weight`)?.transposed === true),
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    lora_dropout: dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    target_modules: endsAreEnough(names, modules, tensors) ? names : [...modules.values()],
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: false,
  };
  await writeSafetensors(join(folder, adapterWeights), matrices, { format: 'pt' });
  await writeFileWhole(join(folder, adapterConfig), `${JSON.stringify(config, null, 2)}\n`);
  return [adapterConfig, adapterWeights];
}

/** Whether the ends of the names choose no module that is not adapted. */
function endsAreEnough(
  names: readonly string[],
  modules: ReadonlyMap<string, string>,
  tensors: Adaptation['tensors'],
): boolean {
  const adapted = new Set(modules.values());
  return [...tensors.values()].every(({ name }) => {
    const module = name.replace(/\.weight$/, '');
    return adapted.has(module) || !names.some((end) => module.endsWith(`.${end}`));
  });
}

/**
 * Writes a Hugging Face folder, in float32, with low-rank additions multiplied out and added: config.json,
 * model.safetensors and the tokenizer. Memory holds one matrix at a time.
 *
 * @param folder exists
 * @returns names of the files
 */
export async function saveMerged(folder: string, trained: TrainedLanguageModel): Promise<string[]> {
  const { folder: source, tensors } = adaptationOf(trained.model);
  const leaves = flattenLeaves(trained.model.parameters);
  const config = await readJsonObject(join(source, 'config.json'));
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const [path, { name, transposed }] of tensors) {
    const leaf = leaves.get(path) as NonNullable<ReturnType<typeof leaves.get>>;
    const end = offset + 4 * leafSize(leaf);
    const shape = transposed ? [...leaf.shape].reverse() : leaf.shape;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  await writeWhole(join(folder, weightsFile), async (handle) => {
    await handle.writeFile(encodeHeader(header));
    for (const [path, tensor] of tensors) {
      const data = await mergedValues(trained, path, tensor, leaves.get(path)?.shape ?? []);
      await handle.appendFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  });
  const { torch_dtype: _, dtype: __, ...rest } = config;
  await writeFileWhole(join(folder, 'config.json'), `${JSON.stringify({ ...rest, dtype: 'float32' }, null, 2)}\n`);
  const beside = companions.filter((name) => existsSync(join(source, name)));
  for (const name of beside) await copyFile(join(source, name), join(folder, basename(name)));
  return ['config.json', weightsFile, ...beside];
}

/** W + (alpha / rank) B A, as checkpoints store it. */
async function mergedValues(
  { model, read }: TrainedLanguageModel,
  path: string,
  { transposed }: CheckpointTensor,
  shape: readonly number[],
): Promise<Float32Array> {
  const values = await read(path);
  const { lowRank } = adaptationOf(model);
  const projection = path.replace(/\/weight$/, '');
  const [outputs = 0, inputs = 0] = shape;
  if (lowRank?.modules.has(projection) && path.endsWith('/weight')) {
    const [down, up] = [await read(`${projection}/lora/down`), await read(`${projection}/lora/up`)];
    addProduct(values, { down, up, rank: lowRank.rank, scale: lowRank.alpha / lowRank.rank, outputs, inputs });
  }
  if (!transposed) return values;
  return values.map((_, i) => values[(i % outputs) * inputs + Math.floor(i / outputs)] as number);
}

interface Product {
  /** A [rank, inputs] and B [outputs, rank]. */
  readonly down: Float32Array;
  readonly up: Float32Array;
  readonly rank: number;
  readonly scale: number;
  readonly outputs: number;
  readonly inputs: number;
}

/** weight [outputs, inputs] += scale B A; each row is summed in float64. */
function addProduct(weight: Float32Array, { down, up, rank, scale, outputs, inputs }: Product): void {
  const sums = new Float64Array(inputs);
  for (let row = 0; row < outputs; row += 1) {
    sums.fill(0);
    for (let r = 0; r < rank; r += 1) {
      const factor = scale * (up[row * rank + r] as number);
      if (factor === 0) continue;
      for (let column = 0; column < inputs; column += 1) {
        sums[column] = (sums[column] as number) + factor * (down[r * inputs + column] as number);
      }
    }
    for (let column = 0; column < inputs; column += 1) {
      weight[row * inputs + column] = (weight[row * inputs + column] as number) + (sums[column] as number);
    }
  }
}

function adaptationOf(model: LanguageModel): Adaptation {
  if (model.adaptation) return model.adaptation;
  throw new InterfuseError('PLUGIN_REQUIREMENT', {
    place: 'languageModel',
    expected: 'a language-model plugin that names the tensors of its checkpoint',
    got: 'one that does not',
  });
}
