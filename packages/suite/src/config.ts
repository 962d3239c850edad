/** For `interfuse.config.ts`: `defineConfig` knows the ids and the options of all built-in plugins. Loads none of them. */
import type { ConfigOf, Plugin, PluginKind, UserConfig } from '@interfuse/core';
import type * as datasets from '@interfuse/datasets';
import type * as encoders from '@interfuse/encoders';
import type * as compiled from '@interfuse/engine-onnx';
import type * as eager from '@interfuse/engine-tfjs';
import type * as baselines from '@interfuse/fusion-baselines';
import type * as deepmlf from '@interfuse/fusion-deepmlf';
import type * as languageModels from '@interfuse/lm-adapters';
import type * as training from '@interfuse/training';

/** The plugins that a package exports one by one, with their types. */
type Exported<M> = Extract<M[keyof M], { readonly kind: PluginKind; readonly apiVersion: 1 }>;

export type BuiltInPlugin =
  | Exported<typeof baselines>
  | Exported<typeof compiled>
  | Exported<typeof datasets>
  | Exported<typeof deepmlf>
  | Exported<typeof eager>
  | Exported<typeof encoders>
  | Exported<typeof languageModels>
  | Exported<typeof training>;

/**
 * Returns its argument, so that editors complete and check it: slots take the ids of built-in plugins and of those under
 * `plugins`, which are given as values, and `options` those of the plugin that `use` names. A config that names plugins by
 * package or path is for `defineConfig` of `@interfuse/core`, which lets every id pass.
 */
export function defineConfig<const P extends readonly Plugin[] = readonly []>(
  config: Omit<ConfigOf<BuiltInPlugin | P[number]>, 'plugins'> & { readonly plugins?: P },
): UserConfig {
  return config as UserConfig;
}
