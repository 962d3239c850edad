/**
 * Converts a checkpoint of llama2.c (version 0, as in karpathy/tinyllamas) and its tokenizer into a Hugging Face folder:
 * config.json, model.safetensors, tokenizer.json and tokenizer_config.json.
 *
 * llama2.c turns neighbouring entries 2i and 2i + 1 of a head by the rotary angle i, Hugging Face entries i and i + D/2:
 * the rows of the query and key projections are permuted head by head, which leaves every product the same.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { type TensorToWrite, writeFileWhole, writeSafetensors } from '@interfuse/safetensors';
import { type Piece, specialTokens, toTokenizerJson } from './sentence-piece.js';

interface Header {
  readonly width: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly vocabulary: number;
  readonly contextLength: number;
  /** Whether the embedding is also the head. */
  readonly tied: boolean;
}

/** @throws FILE_UNREADABLE if a file is not of the format; FILE_NOT_FOUND, FILE_NOT_WRITTEN */
export async function convertLlama2c(modelFile: string, tokenizerFile: string, folder: string): Promise<void> {
  const model = await readBytes(modelFile);
  const header = readModelHeader(model, modelFile);
  const tensors = readTensors(model, header, modelFile);
  const pieces = readPieces(await readBytes(tokenizerFile), header.vocabulary, tokenizerFile);

  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'pt' });
  await writeJson(join(folder, 'config.json'), modelConfig(header));
  await writeJson(join(folder, 'tokenizer.json'), toTokenizerJson(pieces));
  await writeJson(join(folder, 'tokenizer_config.json'), {
    tokenizer_class: 'LlamaTokenizer',
    add_bos_token: true,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    unk_token: specialTokens[0],
    bos_token: specialTokens[1],
    eos_token: specialTokens[2],
    model_max_length: header.contextLength,
  });
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new InterfuseError('FILE_NOT_FOUND', {
      place: file,
      expected: 'a file of llama2.c',
      got: (cause as Error).message,
      cause,
    });
  }
}

async function writeJson(file: string, content: object): Promise<void> {
  await writeFileWhole(file, `${JSON.stringify(content, null, 2)}\n`);
}

function readModelHeader(bytes: Buffer, file: string): Header {
  if (bytes.length < 28) throw unreadable(file, 'a header of 28 bytes', `${bytes.length} bytes`);
  const fields = Array.from({ length: 7 }, (_, i) => bytes.readInt32LE(4 * i));
  const [width, inner, layers, heads, keyHeads, vocabulary, contextLength] = fields as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const sizes = [width, inner, layers, heads, keyHeads, Math.abs(vocabulary), contextLength];
  if (sizes.some((size) => size < 1) || width % heads !== 0 || heads % keyHeads !== 0) {
    throw unreadable(file, 'seven sizes above 0, with heads that divide the width', fields.join(', '));
  }
  // A negative vocabulary says that the head has weights of its own.
  const tied = vocabulary > 0;
  return { width, inner, layers, heads, keyHeads, vocabulary: Math.abs(vocabulary), contextLength, tied };
}

/** The tensors in the order of the file, kind by kind over all layers, under the names of Hugging Face. */
function readTensors(bytes: Buffer, header: Header, file: string): Record<string, TensorToWrite> {
  const { width, inner, layers, heads, keyHeads, vocabulary } = header;
  const headWidth = width / heads;
  const keyWidth = keyHeads * headWidth;
  const tensors: Record<string, TensorToWrite> = {};
  let offset = 28;

  function take(name: string, shape: readonly number[]): Float32Array {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const end = offset + 4 * count;
    if (end > bytes.length) throw unreadable(file, `${name} up to byte ${end}`, `${bytes.length} bytes`);
    const data = new Float32Array(new Uint8Array(bytes.subarray(offset, end)).buffer);
    offset = end;
    tensors[name] = { shape, data };
    return data;
  }
  function takeLayers(name: string, shape: readonly number[]): void {
    for (let layer = 0; layer < layers; layer += 1) take(`model.layers.${layer}.${name}.weight`, shape);
  }
  function takeTurned(name: string, rows: number): void {
    for (let layer = 0; layer < layers; layer += 1) {
      const tensor = `model.layers.${layer}.${name}.weight`;
      tensors[tensor] = { shape: [rows, width], data: splitHalves(take(tensor, [rows, width]), width, headWidth) };
    }
  }

  take('model.embed_tokens.weight', [vocabulary, width]);
  takeLayers('input_layernorm', [width]);
  takeTurned('self_attn.q_proj', width);
  takeTurned('self_attn.k_proj', keyWidth);
  takeLayers('self_attn.v_proj', [keyWidth, width]);
  takeLayers('self_attn.o_proj', [width, width]);
  takeLayers('post_attention_layernorm', [width]);
  takeLayers('mlp.gate_proj', [inner, width]);
  takeLayers('mlp.down_proj', [width, inner]);
  takeLayers('mlp.up_proj', [inner, width]);
  take('model.norm.weight', [width]);
  offset += 4 * header.contextLength * headWidth; // the tables of cosines and sines, which nobody reads
  if (!header.tied) take('lm_head.weight', [vocabulary, width]);
  if (offset !== bytes.length) throw unreadable(file, `${offset} bytes`, `${bytes.length} bytes`);
  return tensors;
}

/** Rows of each head from (0, 1), (2, 3), ... to the first of every pair, then the second of every pair. */
function splitHalves(weight: Float32Array, width: number, headWidth: number): Float32Array {
  const permuted = new Float32Array(weight.length);
  const half = headWidth / 2;
  for (let row = 0; row < weight.length / width; row += 1) {
    const place = row % headWidth;
    const source = row - place + (place < half ? 2 * place : 2 * (place - half) + 1);
    permuted.set(weight.subarray(source * width, (source + 1) * width), row * width);
  }
  return permuted;
}

/** int32 longest piece, then for each piece a float32 score, an int32 length and its bytes. */
export function readPieces(bytes: Buffer, count: number, file: string): Piece[] {
  const pieces: Piece[] = [];
  let offset = 4;
  while (offset + 8 <= bytes.length) {
    const score = bytes.readFloatLE(offset);
    const end = offset + 8 + bytes.readInt32LE(offset + 4);
    if (end > bytes.length) break;
    pieces.push({ text: bytes.toString('utf8', offset + 8, end), score });
    offset = end;
  }
  if (offset === bytes.length && pieces.length === count) return pieces;
  throw unreadable(file, `${count} pieces in ${bytes.length} bytes`, `${pieces.length} pieces in ${offset} bytes`);
}

function modelConfig(header: Header): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    dtype: 'float32',
    vocab_size: header.vocabulary,
    hidden_size: header.width,
    intermediate_size: header.inner,
    num_hidden_layers: header.layers,
    num_attention_heads: header.heads,
    num_key_value_heads: header.keyHeads,
    head_dim: header.width / header.heads,
    max_position_embeddings: header.contextLength,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: header.tied,
    bos_token_id: 1,
    eos_token_id: 2,
  };
}

function unreadable(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('FILE_UNREADABLE', { place, expected, got });
}
