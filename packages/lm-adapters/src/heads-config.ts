/** The heads of an attention with rotary positions and grouped queries, from a config.json. */
import { invalidField, type ModelConfig, wholeNumber } from './model-config.js';
import type { Rotary } from './rotary.js';
import { type RotaryReading, readRotary } from './rotary-config.js';

export interface HeadsPreset {
  readonly width: number;
  readonly heads: number;
  /** `max_position_embeddings` where the config does not say. */
  readonly contextLength: number;
  /** `num_key_value_heads` where the config does not say. Default: as many as heads. */
  readonly keyHeads?: number;
  /** `head_dim` where the config does not say. Default: the width divided by the heads. */
  readonly headWidth?: number;
  readonly rotary?: Pick<RotaryReading, 'share' | 'types'>;
}

/** @throws LANGUAGE_MODEL_INVALID that names the field */
export function readHeads(
  config: ModelConfig,
  { width, heads, contextLength, keyHeads: usual = heads, headWidth = Math.floor(width / heads), rotary }: HeadsPreset,
): { keyHeads: number; headWidth: number; rotary: Rotary; contextLength: number } {
  // Null means all of them, absent the usual number of the architecture.
  const absent = config.fields.num_key_value_heads === undefined;
  const keyHeads = wholeNumber(config, 'num_key_value_heads', absent ? usual : heads);
  if (heads % keyHeads !== 0) throw invalidField(config, 'num_key_value_heads', `a divisor of ${heads}`, keyHeads);
  const reading = {
    headWidth: wholeNumber(config, 'head_dim', headWidth),
    contextLength: wholeNumber(config, 'max_position_embeddings', contextLength),
  };
  return { keyHeads, headWidth: reading.headWidth, ...readRotary(config, { ...reading, ...rotary }) };
}
