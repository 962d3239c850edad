/**
 * The rotary embedding that a config.json asks for: its base, how much of a head turns, and the ways in which models were
 * fitted to longer texts. `rope_parameters` is where transformers 5 writes all of it; transformers 4 has the base and the
 * share at the top and the rest in `rope_scaling`.
 *
 * linear: Chen et al. 2023 (arXiv 2306.15595). yarn: Peng et al. 2023 (arXiv 2309.00071). longrope: Ding et al. 2024
 * (arXiv 2402.13753). llama3: Llama Team 2024 (arXiv 2407.21783), as released. dynamic differs from the default only
 * beyond the context length, where no text is accepted here.
 */
import { aboveZero, invalidField, type ModelConfig, number, onlyValue, wholeNumber } from './model-config.js';
import type { Rotary } from './rotary.js';

const scalings = { default: unscaled, linear, dynamic: unscaled, llama3, yarn, longrope };

export type RotaryScaling = keyof typeof scalings;

export interface RotaryReading {
  readonly headWidth: number;
  /** `max_position_embeddings`. */
  readonly contextLength: number;
  /** Where transformers 4 has the base. Default: `rope_theta`. */
  readonly baseField?: string;
  /** Where transformers 4 has the share of a head that turns, and the share without it. Default: heads turn whole. */
  readonly share?: { readonly field: string; readonly fallback: number };
  /** The scalings that this architecture may have, by the names that its configs give them. Default: all. */
  readonly types?: Readonly<Record<string, RotaryScaling>>;
}

/** What a scaling starts from: the plain frequencies, and the fields that say how to change them. */
interface Plain {
  readonly fields: ModelConfig;
  readonly frequencies: readonly number[];
  readonly base: number;
  /** R, the entries of a head that turn, before an odd one is given a partner. */
  readonly turned: number;
  readonly contextLength: number;
  readonly originalLength: number;
}

/**
 * @returns the rotary embedding, and the longest sequence that it is defined for
 * @throws LANGUAGE_MODEL_INVALID for a scaling that is unknown or lacks what it needs
 */
export function readRotary(
  config: ModelConfig,
  { headWidth, contextLength, baseField = 'rope_theta', share, types }: RotaryReading,
): { rotary: Rotary; contextLength: number } {
  const fields = rotaryFields(config);
  const known: Readonly<Record<string, RotaryScaling>> = types ?? knownTypes;
  const typeField = 'rope_type' in fields.fields ? 'rope_type' : 'type';
  const type = fields.fields[typeField] ?? 'default';
  if (typeof type !== 'string' || !Object.hasOwn(known, type)) {
    throw invalidField(fields, typeField, Object.keys(known).join(', '), type);
  }

  const base = aboveZero(fields, 'rope_theta', number(config, baseField, number(config, 'rope_theta', 10_000)));
  const turned = Math.floor(headWidth * readShare(config, fields, share));
  if (turned < 1 || 2 * Math.ceil(turned / 2) > headWidth) {
    const field = share?.field ?? 'head_dim';
    throw invalidField(config, field, `pairs within the ${headWidth} entries of a head`, `${turned} entries that turn`);
  }
  const ownLength = wholeNumber(fields, 'original_max_position_embeddings', contextLength);
  const originalLength = wholeNumber(config, 'original_max_position_embeddings', ownLength);
  const frequencies = Array.from({ length: Math.ceil(turned / 2) }, (_, i) => frequency(base, (2 * i) / turned));
  return scalings[known[type] as RotaryScaling]({ fields, frequencies, base, turned, contextLength, originalLength });
}

const knownTypes = Object.fromEntries(Object.keys(scalings).map((name) => [name, name as RotaryScaling]));

/** How much of a head turns. */
function readShare(config: ModelConfig, fields: ModelConfig, share: RotaryReading['share']): number {
  if (share) return number(fields, 'partial_rotary_factor', number(config, share.field, share.fallback));
  for (const place of [config, fields]) onlyValue(place, 'partial_rotary_factor', 1, 1);
  return 1;
}

function rotaryFields(config: ModelConfig): ModelConfig {
  for (const name of ['rope_scaling', 'rope_parameters']) {
    const fields = config.fields[name];
    if (fields == null || Object.keys(fields).length === 0) continue;
    const flat = typeof fields === 'object' && Object.values(fields).every((value) => !isRecord(value));
    if (!flat) throw invalidField(config, name, 'one set of rotary parameters for all blocks', fields);
    return { file: `${config.file}: ${name}`, fields: fields as Record<string, unknown> };
  }
  return { file: config.file, fields: {} };
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** base^(-exponent), rounded to float32 at each step: at far positions the last digits of an angle count. */
function frequency(base: number, exponent: number): number {
  return Math.fround(1 / Math.fround(base ** Math.fround(exponent)));
}

function unscaled({ frequencies, contextLength }: Plain) {
  return { rotary: { frequencies, magnitude: 1 }, contextLength };
}

/** All positions are pulled together. */
function linear({ fields, frequencies, contextLength }: Plain) {
  const factor = aboveZero(fields, 'factor');
  return { rotary: { frequencies: frequencies.map((f) => f / factor), magnitude: 1 }, contextLength };
}

/** Slow turns are slowed further, fast ones left alone, those between interpolated by the turns that the old length had. */
function llama3({ fields, frequencies, contextLength, originalLength }: Plain) {
  const factor = aboveZero(fields, 'factor');
  const low = number(fields, 'low_freq_factor');
  const high = number(fields, 'high_freq_factor');
  if (high <= low) throw invalidField(fields, 'high_freq_factor', `a number above low_freq_factor, ${low}`, high);
  const scaled = frequencies.map((f) => {
    const turns = (originalLength * f) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return kept * f + ((1 - kept) * f) / factor;
  });
  return { rotary: { frequencies: scaled, magnitude: 1 }, contextLength };
}

/** The same by a ramp over the index of a pair, and scores grow a little with the factor. */
function yarn({ fields, frequencies, base, turned, contextLength, originalLength }: Plain) {
  const factor = aboveZero(fields, 'factor', contextLength / originalLength);
  const indexOf = (turns: number): number =>
    (turned * Math.log(originalLength / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const truncated = fields.fields.truncate !== false;
  const first = indexOf(aboveZero(fields, 'beta_fast', 32));
  const last = indexOf(aboveZero(fields, 'beta_slow', 1));
  const from = Math.max(truncated ? Math.floor(first) : first, 0);
  const to = Math.min(truncated ? Math.ceil(last) : last, turned - 1);
  const scaled = frequencies.map((f, index) => {
    const slowed = Math.min(1, Math.max(0, (index - from) / (to === from ? 0.001 : to - from)));
    return (slowed * f) / factor + (1 - slowed) * f;
  });
  const grown = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const [above, below] = [number(fields, 'mscale', 0), number(fields, 'mscale_all_dim', 0)];
  const magnitude = number(fields, 'attention_factor', above && below ? grown(above) / grown(below) : grown(1));
  return { rotary: { frequencies: scaled, magnitude }, contextLength };
}

/**
 * A factor for each pair. Texts beyond the original length would need other factors, for all their positions: a longer
 * text would change what comes earlier. So the original length is the limit here.
 */
function longrope({ fields, frequencies, contextLength, originalLength }: Plain) {
  const short = fields.fields.short_factor;
  const fits = Array.isArray(short) && short.length === frequencies.length && short.every((entry) => entry > 0);
  if (!fits) throw invalidField(fields, 'short_factor', `${frequencies.length} numbers above 0`, short);
  const factor = aboveZero(fields, 'factor', contextLength / originalLength);
  const grown = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalLength));
  return {
    rotary: {
      frequencies: frequencies.map((f, i) => f / (short[i] as number)),
      magnitude: number(fields, 'attention_factor', grown),
    },
    contextLength: Math.min(contextLength, originalLength),
  };
}
