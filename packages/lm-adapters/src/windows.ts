/** The sliding windows of a decoder's blocks, from its config.json. */
import { flag, invalidField, type ModelConfig, number, wholeNumber } from './model-config.js';

/** For each block, how many positions a slot reads, its own included; undefined where it reads all. */
export type Windows = readonly (number | undefined)[];

/** `sliding_window`, `fallback` where the config does not have it, and undefined where it is null. */
export function readWindow(config: ModelConfig, fallback: number | undefined): number | undefined {
  const { sliding_window: window = fallback } = config.fields;
  return window == null ? undefined : wholeNumber(config, 'sliding_window', fallback);
}

/**
 * @param slides whether block `index` has the window, where the config has no `layer_types`
 * @throws LANGUAGE_MODEL_INVALID for a type of layer that is neither full nor sliding, and for a window without a size
 */
export function readWindows(
  config: ModelConfig,
  layers: number,
  window: number | undefined,
  slides: (index: number) => boolean,
): Windows {
  const types = config.fields.layer_types ?? undefined;
  if (types === undefined) return Array.from({ length: layers }, (_, index) => (slides(index) ? window : undefined));
  if (!Array.isArray(types) || types.length < layers) {
    throw invalidField(config, 'layer_types', `one type for each of ${layers} layers`, types);
  }
  return types.slice(0, layers).map((type: unknown) => {
    if (type === 'full_attention') return undefined;
    if (type !== 'sliding_attention') {
      throw invalidField(config, 'layer_types', 'full_attention or sliding_attention', type);
    }
    if (window === undefined) throw invalidField(config, 'sliding_window', 'a size, as layer_types asks for it', null);
    return window;
  });
}

/** Qwen's: none unless `use_sliding_window`, and then in the blocks from `max_window_layers` on. */
export function upperWindows(config: ModelConfig, layers: number): Windows {
  const window = flag(config, 'use_sliding_window', false) ? readWindow(config, 4096) : undefined;
  const below = number(config, 'max_window_layers', 28);
  return readWindows(config, layers, window, (index) => index >= below);
}
