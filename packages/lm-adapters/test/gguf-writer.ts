/** Writes GGUF files for tests, from the format's description alone (github.com/ggml-org/ggml, docs/gguf.md). */

/** Numbers of `ggml_type`. */
export const tensorTypes = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q8_0: 8,
  Q4_K: 12,
  Q6_K: 14,
  IQ2_XXS: 16,
  BF16: 30,
} as const;

/** A value and the number of its type in the file. */
export type Field =
  | { readonly type: 'u32' | 'f32' | 'u64'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'texts'; readonly value: readonly string[] }
  | { readonly type: 'f32s' | 'i32s'; readonly value: readonly number[] };

export interface TensorToWrite {
  /** Rows first. */
  readonly shape: readonly number[];
  readonly type: keyof typeof tensorTypes;
  readonly bytes: Uint8Array;
  /** What the header says in the place of the truth. */
  readonly lie?: { readonly type?: number; readonly offset?: number };
}

const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
const f32 = (value: number): Buffer => Buffer.from(Float32Array.of(value).buffer);
const u64 = (value: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

function list<T>(type: number, values: readonly T[], write: (value: T) => Buffer): Buffer {
  return Buffer.concat([u32(9), u32(type), u64(values.length), ...values.map(write)]);
}

function fieldBytes(field: Field): Buffer {
  switch (field.type) {
    case 'u32':
      return Buffer.concat([u32(4), u32(field.value)]);
    case 'f32':
      return Buffer.concat([u32(6), f32(field.value)]);
    case 'bool':
      return Buffer.concat([u32(7), Buffer.of(field.value ? 1 : 0)]);
    case 'text':
      return Buffer.concat([u32(8), text(field.value)]);
    case 'u64':
      return Buffer.concat([u32(10), u64(field.value)]);
    case 'texts':
      return list(8, field.value, text);
    case 'f32s':
      return list(6, field.value, f32);
    case 'i32s':
      return list(5, field.value, u32);
  }
}

export interface GgufContent {
  readonly fields: Readonly<Record<string, Field>>;
  readonly tensors: Readonly<Record<string, TensorToWrite>>;
}

/** The bytes of a file of version 3; `lie` puts other counts into its beginning. */
export function ggufBytes(
  { fields, tensors }: GgufContent,
  lie: { readonly version?: number; readonly tensors?: number; readonly fields?: number } = {},
): Buffer {
  const alignment = 32;
  const padded = (length: number): number => Math.ceil(length / alignment) * alignment;
  const data: Buffer[] = [];
  let offset = 0;
  const infos = Object.entries(tensors).map(([name, { shape, type, bytes, lie: wrong }]) => {
    const info = [
      text(name),
      u32(shape.length),
      ...[...shape].reverse().map(u64),
      u32(wrong?.type ?? tensorTypes[type]),
      u64(wrong?.offset ?? offset),
    ];
    data.push(Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]));
    offset += padded(bytes.length);
    return Buffer.concat(info);
  });
  const entries = Object.entries(fields).map(([name, field]) => Buffer.concat([text(name), fieldBytes(field)]));
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(lie.version ?? 3),
    u64(lie.tensors ?? infos.length),
    u64(lie.fields ?? entries.length),
    ...entries,
    ...infos,
  ]);
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length), ...data]);
}
