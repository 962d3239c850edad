/** Loads a language model from a Hugging Face folder: its config and the headers of its weights, no tokenizer. */
import { join } from 'node:path';
import { type CheckpointTensor, InterfuseError, type LanguageModel, type Leaf } from '@interfuse/core';
import { type TrainOptions, trainChoice } from './adaptation/choice.js';
import { type ModelConfig, readJsonObject } from './model-config.js';
import { declareAt, type ModelPrecision } from './precision.js';
import { type DeclareLeaf, freshWeights, storedWeights } from './weights.js';

type Build = (config: ModelConfig, declare: DeclareLeaf) => LanguageModel;

/** By `model_type`; imported when needed, since they load the tensor library. */
export const architectures = {
  llama: async (): Promise<Build> => (await import('./architectures/llama.js')).buildLlama,
  gpt2: async (): Promise<Build> => (await import('./architectures/gpt2.js')).buildGpt2,
};

export type Architecture = keyof typeof architectures;

export interface LoadSettings extends TrainOptions {
  /** `random`: the same architecture, freshly initialised from the run's seed. Default: `stored`. */
  readonly weights?: 'stored' | 'random';
  /** How frozen matrices are held. Default: `stored`. */
  readonly precision?: ModelPrecision;
  /** The only architecture that is accepted. Default: any that is known. */
  readonly architecture?: Architecture;
}

/**
 * @param folder with config.json and, unless weights are random, model.safetensors
 * @throws LANGUAGE_MODEL_INVALID if the folder, its config or a tensor is not as expected; CONFIG_WRONG_VALUE if weights
 * that are trained are to be held in fewer bits
 */
export async function loadLanguageModel(folder: string, settings: LoadSettings = {}): Promise<LanguageModel> {
  const { weights = 'stored', precision = 'stored' } = settings;
  const choice = trainChoice(settings);
  const file = join(folder, 'config.json');
  const config: ModelConfig = { file, fields: await readJsonObject(file) };
  const build = await architectures[architectureOf(config, settings.architecture)]();
  const source = weights === 'random' ? freshWeights() : await storedWeights(folder);
  const declare = declareAt(precision, choice.kind === 'all', source.declare);
  const tensors = new Map<Leaf, CheckpointTensor>();
  const model = build(config, function declareNamed(shape, tensor, declared) {
    const leaf = declare(shape, tensor, declared);
    tensors.set(leaf, { name: tensor, transposed: declared?.transposed === true });
    return leaf;
  });
  source.finish();
  // Imported when needed, since it loads the tensor library.
  const [{ adapt }, { readAdapter }] = await Promise.all([
    import('./adaptation/adapt.js'),
    import('./adaptation/read-adapter.js'),
  ]);
  const from = choice.kind === 'lora' ? choice.lora.from : null;
  return adapt(model, { folder, tensors }, choice, from ? await readAdapter(from) : undefined);
}

export function architectureOf(config: ModelConfig, wanted: Architecture | undefined): Architecture {
  const found = config.fields.model_type;
  const known = typeof found === 'string' && Object.hasOwn(architectures, found);
  if (known && (wanted === undefined || wanted === found)) return found as Architecture;
  throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: `${config.file}: model_type`,
    expected: wanted ?? Object.keys(architectures).join(' or '),
    got: found === undefined ? 'nothing' : JSON.stringify(found),
    remedy: known
      ? `Write \`languageModel: { use: ${found} }\` for this checkpoint.`
      : `Choose a checkpoint of a known architecture: ${Object.keys(architectures).join(', ')}.`,
  });
}
