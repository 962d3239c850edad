/** What a GGUF file says of its model, as the config.json of Hugging Face would. */
import type { StoredSpan } from '@interfuse/core';
import { SafetensorsFile } from '@interfuse/safetensors';
import type { ModelConfig } from '../model-config.js';
import { type GgufFile, invalidGguf } from './container.js';
import { numberField, textField, textsField, uniformField } from './metadata.js';
import { rotaryFactors } from './tensor-names.js';

const families = ['llama', 'qwen2', 'qwen3'];

/** @throws GGUF_INVALID if a field is missing or of the wrong type, or the model is of another family or a variant */
export async function modelConfigOf(gguf: GgufFile): Promise<ModelConfig> {
  const family = textField(gguf, 'general.architecture');
  const { file } = gguf;
  if (!families.includes(family)) {
    const remedy = 'Use a GGUF file of one of these families, or the model as a Hugging Face folder.';
    throw invalidGguf(`${file}: general.architecture`, families.join(', '), `"${family}"`, remedy);
  }
  const field = (name: string): string => `${family}.${name}`;
  refuse(gguf, field('expert_count'), numberField(gguf, field('expert_count'), 0), 0, 'a model without experts');

  const width = numberField(gguf, field('embedding_length'));
  const heads = uniformField(gguf, field('attention.head_count'));
  const headWidth = numberField(gguf, field('attention.key_length'), width / heads);
  for (const name of ['attention.value_length', 'rope.dimension_count']) {
    refuse(gguf, field(name), numberField(gguf, field(name), headWidth), headWidth, `${headWidth}, as the keys have`);
  }
  const window = numberField(gguf, field('attention.sliding_window'), 0);
  const isMistral = family === 'llama' && window > 0;
  const scaling = await rotaryScaling(gguf, field, headWidth);
  return {
    file,
    fields: {
      model_type: isMistral ? 'mistral' : family,
      vocab_size: vocabularyOf(gguf, field('vocab_size')),
      hidden_size: width,
      intermediate_size: uniformField(gguf, field('feed_forward_length')),
      num_hidden_layers: numberField(gguf, field('block_count')),
      num_attention_heads: heads,
      num_key_value_heads: uniformField(gguf, field('attention.head_count_kv'), heads),
      head_dim: headWidth,
      max_position_embeddings: numberField(gguf, field('context_length')),
      hidden_act: 'silu',
      rms_norm_eps: shortest(numberField(gguf, field('attention.layer_norm_rms_epsilon'))),
      rope_theta: shortest(numberField(gguf, field('rope.freq_base'), 10_000)),
      ...(scaling ? { rope_scaling: scaling } : {}),
      ...(isMistral ? { sliding_window: window } : {}),
      // Qwen 2 has biases without saying so.
      ...(family === 'qwen2' ? {} : { attention_bias: gguf.tensors.has('blk.0.attn_q.bias') }),
      ...(family === 'llama' ? { mlp_bias: gguf.tensors.has('blk.0.ffn_up.bias') } : {}),
      tie_word_embeddings: !gguf.tensors.has('output.weight'),
      ...tokenIds(gguf),
    },
  };
}

/** 1e-5 and not what becomes of it in single precision, 0.00000999999974: single precision has seven digits. */
const shortest = (value: number): number => Number(value.toPrecision(7));

function refuse(gguf: GgufFile, name: string, value: number, computed: number, expected: string): void {
  if (value === computed) return;
  throw invalidGguf(`${gguf.file}: ${name}`, expected, String(value), 'Choose a checkpoint without this variant.');
}

/** Rows of the embedding, of which the tokenizer may use fewer. */
function vocabularyOf(gguf: GgufFile, field: string): number {
  const embedding = 'token_embd.weight';
  const [rows] = gguf.tensors.get(embedding)?.shape ?? [];
  const place = `${gguf.file}: ${embedding}`;
  if (rows === undefined) throw invalidGguf(place, 'the embedding', 'no such tensor');
  const stated = numberField(gguf, field, rows);
  if (stated !== rows) throw invalidGguf(place, `${stated} rows, the ${field}`, `${rows} rows`);
  const tokens = textsField(gguf, 'tokenizer.ggml.tokens', []).length;
  if (tokens > rows) throw invalidGguf(place, `a row for each of ${tokens} tokens`, `${rows} rows`);
  return rows;
}

function tokenIds(gguf: GgufFile): Record<string, number> {
  const ids: Record<string, number> = {};
  for (const [name, field] of Object.entries({ bos: 'bos', eos: 'eos', pad: 'padding' })) {
    const id = numberField(gguf, `tokenizer.ggml.${field}_token_id`, undefined);
    if (id !== undefined) ids[`${name}_token_id`] = id;
  }
  return ids;
}

/** As config.json says it; undefined where heads turn by the plain angles. */
async function rotaryScaling(
  gguf: GgufFile,
  field: (name: string) => string,
  headWidth: number,
): Promise<object | undefined> {
  const factors = gguf.tensors.get(rotaryFactors);
  if (factors) return llama3Scaling(gguf, factors, numberField(gguf, field('rope.freq_base'), 10_000), headWidth);
  const type = textField(gguf, field('rope.scaling.type'), 'none');
  const factor = numberField(gguf, field('rope.scaling.factor'), 1);
  if (type === 'none' || (type === 'linear' && factor === 1)) return undefined;
  const original = numberField(gguf, field('rope.scaling.original_context_length'), undefined);
  return {
    rope_type: type,
    factor,
    ...(original === undefined ? {} : { original_max_position_embeddings: original }),
  };
}

/** What Llama 3.1 and later were released with; only the factor differs between them. */
const llama3 = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

/**
 * llama.cpp has a divisor for each frequency in the place of the rule: the rule is known again by its divisors
 * (Llama Team 2024, arXiv 2407.21783, as released).
 */
async function llama3Scaling(gguf: GgufFile, span: StoredSpan, base: number, headWidth: number): Promise<object> {
  const file = await SafetensorsFile.openWithoutHeader(gguf.file);
  const divisors = [...(await file.values(rotaryFactors, span).finally(() => file.close()))];
  const factor = Math.max(...divisors);
  const { low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length } = llama3;
  const expected = Array.from({ length: headWidth / 2 }, (_, i) => {
    const turns = length / (2 * Math.PI * base ** ((2 * i) / headWidth));
    const share = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return 1 / ((1 - share) / factor + share);
  });
  const isClose = (value: number, i: number): boolean => Math.abs(value / (divisors[i] as number) - 1) < 1e-4;
  const isRule = expected.length === divisors.length && expected.every(isClose);
  if (isRule) return { rope_type: 'llama3', factor, ...llama3 };
  throw invalidGguf(
    `${gguf.file}: ${rotaryFactors}`,
    'the divisors of Llama 3',
    `${divisors.slice(0, 4).join(', ')}, ...`,
    'Choose a checkpoint without this variant.',
  );
}
