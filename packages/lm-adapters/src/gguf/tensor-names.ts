/**
 * The tensors of a GGUF file under the names that Hugging Face gives them, for the llama and qwen families.
 *
 * For `llama` llama.cpp turns neighbouring entries of a head by the rotary angle, and its converter moves the rows of
 * query and key projections to that end; they are moved back when they are read. For qwen it turns entries half a head
 * apart, as Hugging Face does, and leaves the rows where they are.
 */
import type { StoredSpan } from '@interfuse/core';
import type { FoundTensor } from '../checkpoint.js';
import type { GgufFile } from './container.js';

const outer: Readonly<Record<string, string>> = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  output: 'lm_head',
};

const inBlock: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

/** The factors of a scaled rotary embedding, which have become fields of the config. */
export const rotaryFactors = 'rope_freqs.weight';

/** A name that is not known stays as it is. */
export function huggingFaceName(name: string): string {
  const block = /^blk\.(\d+)\.([a-z_]+)\.(weight|bias)$/.exec(name);
  if (block) {
    const [, index, part = '', kind] = block;
    return Object.hasOwn(inBlock, part) ? `model.layers.${index}.${inBlock[part]}.${kind}` : name;
  }
  const [, part = '', kind] = /^([a-z_]+)\.(weight|bias)$/.exec(name) ?? [];
  return Object.hasOwn(outer, part) ? `${outer[part]}.${kind}` : name;
}

/** @param headWidth the entries of a head, if the rows of queries and keys have been moved */
export function namedTensors({ file, tensors }: GgufFile, headWidth: number | undefined): Map<string, FoundTensor> {
  const named = new Map<string, FoundTensor>();
  for (const [tensor, span] of tensors) {
    if (tensor === rotaryFactors) continue;
    const isMoved = headWidth !== undefined && /\.attn_[qk]\.(weight|bias)$/.test(tensor);
    const moved: StoredSpan = isMoved ? { ...span, interleavedHead: headWidth } : span;
    named.set(huggingFaceName(tensor), { ...span, start: { kind: 'stored', file, tensor, span: moved } });
  }
  return named;
}
