/** The architectures, by the `model_type` of a config.json; each is imported when needed, since it loads the tensor library. */
import { didYouMean, InterfuseError, type LanguageModel } from '@interfuse/core';
import { invalidField, type ModelConfig } from '../model-config.js';
import type { DeclareLeaf } from '../weights.js';

export type Build = (config: ModelConfig, declare: DeclareLeaf) => LanguageModel;

const architectures = {
  gemma2: async (): Promise<Build> => (await import('./gemma2.js')).buildGemma2,
  gpt2: async (): Promise<Build> => (await import('./gpt2.js')).buildGpt2,
  gpt_neox: async (): Promise<Build> => (await import('./gpt-neox.js')).buildGptNeox,
  llama: async (): Promise<Build> => (await import('./llama.js')).buildLlama,
  opt: async (): Promise<Build> => (await import('./opt.js')).buildOpt,
  phi3: async (): Promise<Build> => (await import('./phi3.js')).buildPhi3,
  qwen2: async (): Promise<Build> => (await import('./qwen2.js')).buildQwen2,
  qwen3: async (): Promise<Build> => (await import('./qwen3.js')).buildQwen3,
};

export type Architecture = keyof typeof architectures;

/** The architecture of each known `model_type`. */
const byModelType: Readonly<Record<string, Architecture>> = {
  ...(Object.fromEntries(Object.keys(architectures).map((id) => [id, id])) as Record<Architecture, Architecture>),
  mistral: 'llama',
};

export const modelTypes: readonly string[] = Object.keys(byModelType).sort();

/** The architecture, and so the plugin, that a `model_type` belongs to. */
export function architectureNamed(modelType: string): Architecture | undefined {
  return Object.hasOwn(byModelType, modelType) ? byModelType[modelType] : undefined;
}

/**
 * The builder for a config, which is handed back with its `model_type`.
 *
 * @param named the only architecture that is accepted, and that of a config without a `model_type`
 * @throws LANGUAGE_MODEL_INVALID if the type is unknown, or another one's
 */
export async function architectureOf(
  config: ModelConfig,
  named: Architecture | undefined,
): Promise<{ build: Build; config: ModelConfig }> {
  const type = config.fields.model_type ?? named;
  const found = typeof type === 'string' ? architectureNamed(type) : undefined;
  if (found !== undefined && (named === undefined || named === found)) {
    refuseQuantized(config);
    return {
      build: await architectures[found](),
      config: { ...config, fields: { ...config.fields, model_type: type } },
    };
  }
  throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: `${config.file}: model_type`,
    expected: named ?? modelTypes.join(', '),
    got: type === undefined ? 'nothing' : JSON.stringify(type),
    remedy:
      found === undefined
        ? [
            didYouMean(String(type), modelTypes),
            `Choose a checkpoint of a known architecture (${modelTypes.join(', ')}), or write an adapter:`,
            'docs/guides/write-a-language-model-adapter.md.',
          ]
            .filter((part) => part !== undefined)
            .join(' ')
        : `Write \`languageModel: { use: ${found} }\` for this checkpoint.`,
  });
}

/** Weights that need more than a conversion of numbers. */
function refuseQuantized(config: ModelConfig): void {
  const { quantization_config: quantization } = config.fields;
  if (quantization == null) return;
  throw invalidField(
    config,
    'quantization_config',
    'weights in F32, F16 or BF16',
    (quantization as { quant_method?: unknown }).quant_method ?? quantization,
    'Choose the checkpoint that the quantized one was made from; languageModel.options.precision holds it in 8 or 4 bits.',
  );
}
