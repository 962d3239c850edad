/** The bundled model as llama.cpp's converter would write it: other names, moved rows, metadata in the place of files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAllTensors } from '@interfuse/safetensors';
import { readPieces } from '../src/convert/llama2c.js';
import { checkpointFolder } from '../src/index.js';
import type { Field, GgufContent, TensorToWrite } from './gguf-writer.js';
import { fitsBlocks, quantise, type WrittenType } from './quantise.js';

export const storiesFolder = checkpointFolder('stories260k', (path) => path);

const tokenizerFile = fileURLToPath(new URL('../../../test/goldens/stories260k/tok512.bin', import.meta.url));

/** llama.cpp's name of a tensor of Hugging Face. */
function ggufName(name: string): string {
  return name
    .replace('model.embed_tokens', 'token_embd')
    .replace('model.norm', 'output_norm')
    .replace('model.layers.', 'blk.')
    .replace('.input_layernorm', '.attn_norm')
    .replace('.post_attention_layernorm', '.ffn_norm')
    .replace(/self_attn\.([qkv])_proj/, 'attn_$1')
    .replace('self_attn.o_proj', 'attn_output')
    .replace(/mlp\.(gate|up|down)_proj/, 'ffn_$1');
}

/** Row s D/2 + i of a head goes to row 2 i + s, as llama.cpp turns neighbours by the rotary angle. */
export function moveRows(data: Float32Array, rows: number, head: number): Float32Array {
  const width = data.length / rows;
  const moved = new Float32Array(data.length);
  for (let first = 0; first < rows; first += head) {
    for (const side of [0, 1]) {
      for (let i = 0; i < head / 2; i += 1) {
        const from = first + side * (head / 2) + i;
        moved.set(data.subarray(from * width, (from + 1) * width), (first + 2 * i + side) * width);
      }
    }
  }
  return moved;
}

/** Matrices in `type`, or in F16 where their rows are no whole blocks; vectors in F32. */
export async function storiesGguf(type: WrittenType): Promise<GgufContent> {
  const config = JSON.parse(readFileSync(join(storiesFolder, 'config.json'), 'utf8'));
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, { shape, data }] of Object.entries(
    await readAllTensors(join(storiesFolder, 'model.safetensors')),
  )) {
    const [rows = 1, width = 0] = shape;
    const isTurned = /[qk]_proj/.test(name);
    const values = isTurned ? moveRows(data as Float32Array, rows, config.head_dim) : (data as Float32Array);
    const matrixType = fitsBlocks(type, width) ? type : 'F16';
    const own = shape.length === 1 ? 'F32' : matrixType;
    tensors[ggufName(name)] = { shape, type: own, bytes: quantise(own, values) };
  }
  const pieces = readPieces(readFileSync(tokenizerFile), 512, tokenizerFile);
  const kindOf = (id: number): number => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1);
  const special = ['<unk>', '<s>', '</s>'];
  const fields: Record<string, Field> = {
    'general.architecture': { type: 'text', value: 'llama' },
    'general.name': { type: 'text', value: 'stories260k' },
    'llama.context_length': { type: 'u32', value: config.max_position_embeddings },
    'llama.embedding_length': { type: 'u32', value: config.hidden_size },
    'llama.block_count': { type: 'u32', value: config.num_hidden_layers },
    'llama.feed_forward_length': { type: 'u32', value: config.intermediate_size },
    'llama.attention.head_count': { type: 'u32', value: config.num_attention_heads },
    'llama.attention.head_count_kv': { type: 'u32', value: config.num_key_value_heads },
    'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: config.rms_norm_eps },
    'llama.rope.dimension_count': { type: 'u32', value: config.head_dim },
    'llama.rope.freq_base': { type: 'f32', value: config.rope_theta },
    'tokenizer.ggml.model': { type: 'text', value: 'llama' },
    'tokenizer.ggml.tokens': {
      type: 'texts',
      value: pieces.map(({ text }, id) => special[id] ?? text.replaceAll(' ', '\u2581')),
    },
    'tokenizer.ggml.scores': { type: 'f32s', value: pieces.map(({ score }) => score) },
    'tokenizer.ggml.token_type': { type: 'i32s', value: pieces.map((_, id) => kindOf(id)) },
    'tokenizer.ggml.unknown_token_id': { type: 'u32', value: 0 },
    'tokenizer.ggml.bos_token_id': { type: 'u32', value: 1 },
    'tokenizer.ggml.eos_token_id': { type: 'u32', value: 2 },
  };
  return { fields, tensors };
}
