/** Hugging Face folders as llama.cpp's converter would write them: other names, moved rows, metadata in the place of files. */
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
    .replace(/self_attn\.([qk])_norm/, 'attn_$1_norm')
    .replace('lm_head', 'output')
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

/** Fields of a config.json, by the names of a Hugging Face folder of the family. */
interface Config {
  readonly model_type: string;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim?: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta?: number;
  readonly rope_parameters?: { readonly rope_theta: number };
}

/** A folder of the llama and qwen families. Matrices in `type`, or in F16 where their rows are no whole blocks; vectors in F32. */
export async function folderGguf(folder: string, type: WrittenType = 'F32'): Promise<GgufContent> {
  const config: Config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  const head = config.head_dim ?? config.hidden_size / config.num_attention_heads;
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, { shape, data }] of Object.entries(await readAllTensors(join(folder, 'model.safetensors')))) {
    const [rows = 1, width = 0] = shape;
    const isTurned = config.model_type === 'llama' && /[qk]_proj/.test(name);
    const values = isTurned ? moveRows(data as Float32Array, rows, head) : (data as Float32Array);
    const matrixType = fitsBlocks(type, width) ? type : 'F16';
    const own = shape.length === 1 ? 'F32' : matrixType;
    tensors[ggufName(name)] = { shape, type: own, bytes: quantise(own, values) };
  }
  const whole: Record<string, number> = {
    context_length: config.max_position_embeddings,
    embedding_length: config.hidden_size,
    block_count: config.num_hidden_layers,
    feed_forward_length: config.intermediate_size,
    'attention.head_count': config.num_attention_heads,
    'attention.head_count_kv': config.num_key_value_heads,
    'rope.dimension_count': head,
    // The family whose heads are not the width divided by their count.
    ...(config.model_type === 'qwen3' ? { 'attention.key_length': head, 'attention.value_length': head } : {}),
  };
  const single = {
    'attention.layer_norm_rms_epsilon': config.rms_norm_eps,
    'rope.freq_base': config.rope_theta ?? config.rope_parameters?.rope_theta ?? 10_000,
  };
  const fields = (type: 'u32' | 'f32', values: Record<string, number>): [string, Field][] =>
    Object.entries(values).map(([name, value]) => [`${config.model_type}.${name}`, { type, value }]);
  const family: Field = { type: 'text', value: config.model_type };
  return {
    fields: {
      'general.architecture': family,
      ...Object.fromEntries([...fields('u32', whole), ...fields('f32', single)]),
    },
    tensors,
  };
}

/** The bundled model, with its tokenizer. */
export async function storiesGguf(type: WrittenType): Promise<GgufContent> {
  const { fields, tensors } = await folderGguf(storiesFolder, type);
  const pieces = readPieces(readFileSync(tokenizerFile), 512, tokenizerFile);
  const kindOf = (id: number): number => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1);
  const special = ['<unk>', '<s>', '</s>'];
  const tokenizer: Record<string, Field> = {
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
  return { fields: { ...fields, ...tokenizer }, tensors };
}
