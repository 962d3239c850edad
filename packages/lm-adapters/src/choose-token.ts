/**
 * The next token from its logits: the likeliest, or one drawn after temperature, top-k and nucleus (top-p: Holtzman et al.
 * 2020, arXiv 1904.09751), in this order, as transformers applies them.
 */

export interface Choice {
  /** Divides the logits: above 1 flatter, below 1 sharper. 0, the default, takes the likeliest token. */
  readonly temperature?: number;
  /** Only so many of the likeliest tokens. Default: all. */
  readonly topK?: number;
  /** Only the likeliest tokens that together reach this probability. Default: 1, all. */
  readonly topP?: number;
}

/**
 * @param logits [vocabulary]
 * @param uniform a random number from [0, 1)
 */
export function chooseToken(
  logits: ArrayLike<number>,
  { temperature = 0, topK = logits.length, topP = 1 }: Choice,
  uniform: number,
): number {
  if (temperature === 0) return likeliest(logits);
  const order = Array.from({ length: logits.length }, (_, token) => token);
  // Of equal logits the earlier token comes first, so that the order is one and the same everywhere.
  order.sort((one, other) => (logits[other] as number) - (logits[one] as number) || one - other);
  const best = logits[order[0] as number] as number;
  const kept = order.slice(0, topK);
  const weights = kept.map((token) => Math.exp(((logits[token] as number) - best) / temperature));
  const total = sum(weights);
  let reached = 0;
  const last = weights.findIndex((weight) => {
    reached += weight / total;
    return reached >= topP;
  });
  const nucleus = last < 0 ? weights : weights.slice(0, last + 1);
  let left = uniform * sum(nucleus);
  const drawn = nucleus.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return kept[drawn < 0 ? nucleus.length - 1 : drawn] as number;
}

function likeliest(logits: ArrayLike<number>): number {
  let best = 0;
  for (let token = 1; token < logits.length; token += 1) {
    if ((logits[token] as number) > (logits[best] as number)) best = token;
  }
  return best;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
