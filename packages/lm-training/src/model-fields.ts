/** The config.json of a model to be trained, in the form of Hugging Face's transformers. */
import type { LanguageModelSettings } from './settings.js';

type Model = LanguageModelSettings['model'];

/** @param vocabulary of which the last id ends a text */
export function modelFields(model: Model, vocabulary: number, type: 'F16' | 'F32'): Record<string, unknown> {
  return {
    ...(model.architecture === 'gpt2' ? gpt2Fields(model) : llamaFields(model)),
    vocab_size: vocabulary,
    bos_token_id: vocabulary - 1,
    eos_token_id: vocabulary - 1,
    tie_word_embeddings: true,
    dtype: type === 'F16' ? 'float16' : 'float32',
  };
}

function gpt2Fields({ width, layers, heads, contextLength, dropout }: Model): Record<string, unknown> {
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    n_embd: width,
    n_layer: layers,
    n_head: heads,
    n_positions: contextLength,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    embd_pdrop: dropout,
    attn_pdrop: dropout,
    resid_pdrop: dropout,
  };
}

function llamaFields({ width, layers, heads, contextLength, dropout }: Model): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: width,
    // Three projections of two thirds of the width of GPT-2's two (Shazeer 2020, arXiv 2002.05202), in eights.
    intermediate_size: 8 * Math.ceil(width / 3),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    max_position_embeddings: contextLength,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    attention_bias: false,
    mlp_bias: false,
    attention_dropout: dropout,
  };
}
