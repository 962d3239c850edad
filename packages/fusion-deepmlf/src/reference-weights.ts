/**
 * Weights of the authors' program under our paths: which of its tensors a leaf is, or is a part of.
 *
 * It holds for a GPT-2 language model and `transformer` encoders of the streams `audio` and `vision`. Their program packs
 * query, key and value into one tensor, and stores GPT-2's projections transposed.
 */

/** A tensor of the authors' program. */
export interface ReferenceTensor {
  readonly name: string;
  /** Part `index` of `count` equal ones along the first axis, where the program packs several. */
  readonly part?: { readonly index: number; readonly count: number };
  readonly transposed?: boolean;
}

type Rule = readonly [pattern: RegExp, reference: (...groups: string[]) => ReferenceTensor | string];

const projections = ['query', 'key', 'value'];
const stored = (name: string, kind: string | undefined): ReferenceTensor =>
  kind === 'weight' ? { name: `${name}_w`, transposed: true } : { name: `${name}_b` };
const letter = (stream: string): string => stream.slice(0, 1);

const rules: readonly Rule[] = [
  [/^languageModel\/embedding\/weight$/, () => 'wte'],
  [/^languageModel\/positions\/weight$/, () => 'wpe'],
  [/^languageModel\/norm\/(\w+)$/, (kind) => `ln_f.${kind}`],
  [/^languageModel\/blocks\/(\d+)\/attentionNorm\/(\w+)$/, (block, kind) => `h.${block}.ln_1.${kind}`],
  [/^languageModel\/blocks\/(\d+)\/feedForwardNorm\/(\w+)$/, (block, kind) => `h.${block}.ln_2.${kind}`],
  [
    /^languageModel\/blocks\/(\d+)\/attention\/queryKeyValue\/(\w+)$/,
    (block, kind) => stored(`h.${block}.attn.c_attn`, kind),
  ],
  [/^languageModel\/blocks\/(\d+)\/attention\/output\/(\w+)$/, (block, kind) => stored(`h.${block}.attn.c_proj`, kind)],
  [/^languageModel\/blocks\/(\d+)\/feedForward\/up\/(\w+)$/, (block, kind) => stored(`h.${block}.fc`, kind)],
  [/^languageModel\/blocks\/(\d+)\/feedForward\/down\/(\w+)$/, (block, kind) => stored(`h.${block}.pr`, kind)],
  [/^streams\/encoders\/(audio|vision)\/projection\/weight$/, (stream) => `av.proj_${letter(stream as string)}.weight`],
  [
    /^streams\/encoders\/(audio|vision)\/layers\/(\d+)\/(.+)\/(\w+)$/,
    (stream, layer, inside, kind) => {
      const prefix = `av.enc_${letter(stream as string)}.layers.${layer}`;
      const index = projections.indexOf((inside as string).replace('attention/', ''));
      if (index >= 0) return { name: `${prefix}.self_attn.in_proj_${kind}`, part: { index, count: 3 } };
      return `${prefix}.${encoderNames[inside as keyof typeof encoderNames]}.${kind}`;
    },
  ],
  [/^streams\/join\/(\w+)$/, (kind) => `av.fusion.${kind}`],
  [/^streams\/norm\/(\w+)$/, (kind) => `z_norm.${kind}`],
  [/^fusionTokens$/, () => 'fusion_tokens'],
  [/^blocks\/(\d+)\/attentionGate$/, (block) => `mm.${block}.alpha_1`],
  [/^blocks\/(\d+)\/feedForwardGate$/, (block) => `mm.${block}.alpha_2`],
  [/^blocks\/(\d+)\/attentionNorm\/(\w+)$/, (block, kind) => `mm.${block}.ln_1.${kind}`],
  [/^blocks\/(\d+)\/feedForwardNorm\/(\w+)$/, (block, kind) => `mm.${block}.ln_2.${kind}`],
  [/^blocks\/(\d+)\/attention\/query\/weight$/, (block) => `mm.${block}.attn.W_q.weight`],
  [/^blocks\/(\d+)\/attention\/output\/weight$/, (block) => `mm.${block}.attn.W_o.weight`],
  [
    /^blocks\/(\d+)\/attention\/(key|value)\/weight$/,
    (block, which) => ({
      name: `mm.${block}.attn.W_kv.weight`,
      part: { index: which === 'key' ? 0 : 1, count: 2 },
    }),
  ],
  [/^blocks\/(\d+)\/feedForward\/up\/(\w+)$/, (block, kind) => `mm.${block}.mlp.c_fc.${kind}`],
  [/^blocks\/(\d+)\/feedForward\/down\/(\w+)$/, (block, kind) => `mm.${block}.mlp.c_proj.${kind}`],
  [/^heads\/task\/hidden\/(\w+)$/, (kind) => `task0.${kind}`],
  [/^heads\/task\/norm\/(\w+)$/, (kind) => `task_bn.${kind}`],
  [/^heads\/norm\/mean$/, () => 'task_bn.running_mean'],
  [/^heads\/norm\/variance$/, () => 'task_bn.running_var'],
  [/^heads\/task\/output\/(\w+)$/, (kind) => `task3.${kind}`],
  [/^heads\/fusion\/(\w+)$/, (kind) => `W_bn.${kind}`],
  [/^heads\/streams\/(\w+)$/, (kind) => `W_av.${kind}`],
  [/^heads\/text\/(\w+)$/, (kind) => `W_text.${kind}`],
];

const encoderNames = {
  attentionNorm: 'norm1',
  'attention/output': 'self_attn.out_proj',
  feedForwardNorm: 'norm2',
  'feedForward/up': 'linear1',
  'feedForward/down': 'linear2',
} as const;

/** The tensor of the authors' program that the leaf of parameters or state at this path is; undefined if there is none. */
export function referenceTensor(path: string): ReferenceTensor | undefined {
  for (const [pattern, reference] of rules) {
    const match = pattern.exec(path);
    if (!match) continue;
    const found = reference(...match.slice(1));
    return typeof found === 'string' ? { name: found } : found;
  }
  return undefined;
}

/** The leaf's own values, row-major, from those of the tensor that holds them. */
export function fromReference(
  { part, transposed }: ReferenceTensor,
  tensor: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
): Float32Array {
  const values = Float32Array.from(tensor.data);
  if (transposed) {
    const [rows, columns] = tensor.shape as [number, number];
    return values.map((_, i) => tensor.data[(i % rows) * columns + Math.floor(i / rows)] as number);
  }
  if (!part) return values;
  const size = values.length / part.count;
  return values.slice(part.index * size, (part.index + 1) * size);
}
