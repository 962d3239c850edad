/** Which files of a repository a language model needs; everything else is left where it is. */

/** Sizes, tokenizer, and the model card, which names the licence. All but the first may be absent. */
export const companions = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'vocab.txt',
  'README.md',
  'LICENSE',
] as const;

export const wholeWeights = 'model.safetensors';
export const weightIndex = 'model.safetensors.index.json';

/** File names of the shards that an index lists, each once; nothing if it is no index. A shard lies beside its index. */
export function shardsOf(index: unknown): readonly string[] | undefined {
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null) return undefined;
  const names = [...new Set(Object.values(map as Record<string, unknown>))];
  const areSound = names.every((name) => typeof name === 'string' && /^[\w][\w.-]*\.safetensors$/.test(name));
  return areSound && names.length > 0 ? (names as string[]).sort() : undefined;
}
