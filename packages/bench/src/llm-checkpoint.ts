/** A checkpoint of the shape of SmolLM2-1.7B with random weights, in BF16 and in several files, as Hugging Face lays it out. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeHeader, writeFileWhole } from '@interfuse/safetensors';

const configFile = fileURLToPath(new URL('../models/smollm2-1.7b/config.json', import.meta.url));

/** Of a hundredth of the weights. */
const smaller = {
  hidden_size: 512,
  intermediate_size: 2048,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 8,
  vocab_size: 4096,
};

/** Bytes after which the next file begins. */
const shardSize = 1e9;

/** What weights of language models are drawn with before their training. */
const deviation = 0.02;

/**
 * @param small the same architecture with a hundredth of the weights
 * @returns bytes of all weights, and the number of files
 */
export async function writeLlmCheckpoint(folder: string, small: boolean): Promise<{ bytes: number; shards: number }> {
  const published = JSON.parse(await readFile(configFile, 'utf8')) as Record<string, number>;
  const config = small ? { ...published, ...smaller } : published;
  await writeFileWhole(join(folder, 'config.json'), JSON.stringify(config));
  const shards = shardsOf(tensorShapes(config));
  const weightMap: Record<string, string> = {};
  let total = 0;
  for (const [index, shapes] of shards.entries()) {
    const name = `model-${place(index + 1)}-of-${place(shards.length)}.safetensors`;
    total += await writeShard(join(folder, name), shapes, index);
    for (const tensor of shapes.keys()) weightMap[tensor] = name;
  }
  const index = { metadata: { total_size: total }, weight_map: weightMap };
  await writeFileWhole(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
  return { bytes: total, shards: shards.length };
}

const place = (index: number): string => String(index).padStart(5, '0');

type Shapes = ReadonlyMap<string, readonly number[]>;

function tensorShapes(config: Readonly<Record<string, number>>): Shapes {
  const {
    hidden_size: width = 0,
    intermediate_size: inner = 0,
    num_hidden_layers: layers = 0,
    vocab_size = 0,
  } = config;
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [vocab_size, width]]]);
  for (let index = 0; index < layers; index += 1) {
    const layer = `model.layers.${index}`;
    for (const norm of ['input_layernorm', 'post_attention_layernorm']) shapes.set(`${layer}.${norm}.weight`, [width]);
    for (const name of ['q', 'k', 'v', 'o']) shapes.set(`${layer}.self_attn.${name}_proj.weight`, [width, width]);
    for (const name of ['gate', 'up']) shapes.set(`${layer}.mlp.${name}_proj.weight`, [inner, width]);
    shapes.set(`${layer}.mlp.down_proj.weight`, [width, inner]);
  }
  return shapes.set('model.norm.weight', [width]);
}

const bytesOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 2);

function shardsOf(shapes: Shapes): Shapes[] {
  const shards: Map<string, readonly number[]>[] = [new Map()];
  let filled = 0;
  for (const [name, shape] of shapes) {
    if (filled > 0 && filled + bytesOf(shape) > shardSize) {
      shards.push(new Map());
      filled = 0;
    }
    shards.at(-1)?.set(name, shape);
    filled += bytesOf(shape);
  }
  return shards;
}

/** Vectors are the weights of norms, and one; matrices are drawn. */
async function writeShard(path: string, shapes: Shapes, seed: number): Promise<number> {
  let end = 0;
  const entries = [...shapes].map(([name, shape]) => {
    const begin = end;
    end += bytesOf(shape);
    return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }];
  });
  const draw = normalBits(seed);
  const file = await open(path, 'w');
  try {
    await file.writeFile(encodeHeader(Object.fromEntries(entries)));
    const piece = new Uint16Array(2 ** 21);
    for (const shape of shapes.values()) {
      for (let left = bytesOf(shape) / 2; left > 0; left -= piece.length) {
        const part = piece.subarray(0, Math.min(left, piece.length));
        if (shape.length === 1) part.fill(bfloat16(1));
        else for (let i = 0; i < part.length; i += 1) part[i] = draw();
        await file.appendFile(new Uint8Array(part.buffer, 0, part.byteLength));
      }
    }
  } finally {
    await file.close();
  }
  return end;
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

function bfloat16(value: number): number {
  single[0] = value;
  return ((bits[0] as number) + 0x8000) >>> 16;
}

/** Normal numbers in BF16, out of a table of 65,536 quantiles: a fast draw for billions. */
function normalBits(seed: number): () => number {
  const table = Uint16Array.from({ length: 65_536 }, (_, i) => {
    // Box and Muller, of a lattice.
    const radius = Math.sqrt(-2 * Math.log((i + 0.5) / 65_536));
    return bfloat16(deviation * radius * Math.cos(2 * Math.PI * ((i * 0.618_033_988_75) % 1)));
  });
  let state = (seed + 1) * 0x9e3779b9;
  return function draw() {
    // xorshift32 (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return table[state & 0xffff] as number;
  };
}
