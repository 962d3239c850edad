/** Loads a language model from a checkpoint: its config and the headers of its weights, no tokenizer. */
import type { CheckpointTensor, LanguageModel, Leaf } from '@interfuse/core';
import { type TrainOptions, trainChoice } from './adaptation/choice.js';
import { type Architecture, architectureOf, type Build } from './architectures/index.js';
import { openCheckpoint } from './checkpoint.js';
import { invalidField, type ModelConfig } from './model-config.js';
import { declareAt, type ModelPrecision } from './precision.js';
import { freshWeights, storedWeights } from './weights.js';

export interface LoadSettings extends TrainOptions {
  /** `random`: the same architecture, freshly initialised from the run's seed. Default: `stored`. */
  readonly weights?: 'stored' | 'random';
  /** How frozen matrices are held. Default: `stored`. */
  readonly precision?: ModelPrecision;
  /** The only architecture that is accepted. Default: any that is known. */
  readonly architecture?: Architecture;
  /** For an architecture that is not among those: an adapter of one's own. */
  readonly build?: Build;
}

/**
 * @param folder with config.json and, unless weights are random, model.safetensors; or a GGUF file
 * @throws LANGUAGE_MODEL_INVALID if the checkpoint, its config or a tensor is not as expected; GGUF_INVALID; CONFIG_WRONG_VALUE if
 * weights that are trained are to be held in fewer bits
 */
export async function loadLanguageModel(folder: string, settings: LoadSettings = {}): Promise<LanguageModel> {
  const { weights = 'stored', precision = 'stored' } = settings;
  const choice = trainChoice(settings);
  const checkpoint = await openCheckpoint(folder);
  assertPossible(checkpoint.config);
  const { build, config } = settings.build
    ? { build: settings.build, config: checkpoint.config }
    : await architectureOf(checkpoint.config, settings.architecture);
  const source = weights === 'random' ? freshWeights() : storedWeights(await checkpoint.tensors());
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

/** More blocks than any model has, which would take hours to declare one by one. */
const mostLayers = 10_000;

/** @throws LANGUAGE_MODEL_INVALID for what no architecture can make anything of */
function assertPossible(config: ModelConfig): void {
  for (const field of ['num_hidden_layers', 'n_layer']) {
    const layers = config.fields[field];
    if (typeof layers === 'number' && layers > mostLayers) {
      throw invalidField(config, field, `at most ${mostLayers} blocks`, layers);
    }
  }
}
