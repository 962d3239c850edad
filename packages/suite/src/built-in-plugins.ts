/** The plugins that come with Interfuse, as values. Their packages are imported when they are asked for; none loads a tensor library. */
import { fromPackage, type Plugin, type PluginSource } from '@interfuse/core';

const packages: { readonly [name: string]: () => Promise<{ readonly plugins: readonly unknown[] }> } = {
  '@interfuse/fusion-deepmlf': () => import('@interfuse/fusion-deepmlf'),
  '@interfuse/fusion-baselines': () => import('@interfuse/fusion-baselines'),
  '@interfuse/lm-adapters': () => import('@interfuse/lm-adapters'),
  '@interfuse/encoders': () => import('@interfuse/encoders'),
  '@interfuse/datasets': () => import('@interfuse/datasets'),
  '@interfuse/training': () => import('@interfuse/training'),
  '@interfuse/engine-tfjs': () => import('@interfuse/engine-tfjs'),
  '@interfuse/engine-onnx': () => import('@interfuse/engine-onnx'),
};

/** All plugins that come with Interfuse, each with the package that it is from. */
export async function builtInPlugins(): Promise<PluginSource[]> {
  const loaded = await Promise.all(
    Object.entries(packages).map(async ([name, load]) =>
      // Each package knows the options of its plugins; the registry forgets them.
      fromPackage((await load()).plugins as readonly Plugin[], name),
    ),
  );
  return loaded.flat();
}
