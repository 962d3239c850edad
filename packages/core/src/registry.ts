/** The registry: every plugin of a host by kind and id, with the source that it came from. Nothing registers itself. */
import type { Plugin, PluginKind, PluginOfKind } from './contracts/plugin.js';
import { InterfuseError } from './errors.js';
import { checkPlugin } from './plugin-shape.js';
import { didYouMean } from './suggest.js';

/** A plugin and where it came from, as people would say it: a package, a file. */
export interface PluginSource<P extends Plugin = Plugin> {
  readonly plugin: P;
  readonly source: string;
  /** Absolute path of the file that was loaded, for a plugin that was named by its path. */
  readonly file?: string;
}

/** Plugins by kind and id. It freezes at first use, so that a config means the same throughout. */
export class Registry {
  readonly #plugins = new Map<string, PluginSource>();
  #frozen = false;

  /**
   * Adds a plugin. `file` is for plugins that were named by path.
   * @throws PLUGIN_INVALID, PLUGIN_API_VERSION, PLUGIN_DUPLICATE, and REGISTRY_FROZEN after the first lookup.
   */
  register(plugin: unknown, source: string, file?: string): void {
    if (this.#frozen) {
      throw new InterfuseError('REGISTRY_FROZEN', {
        place: `plugin from ${source}`,
        expected: 'registration before the first lookup',
        got: 'registration after it',
      });
    }
    checkPlugin(plugin, source);
    const key = keyOf(plugin.kind, plugin.id);
    const known = this.#plugins.get(key);
    if (known !== undefined) {
      throw new InterfuseError('PLUGIN_DUPLICATE', {
        place: `${plugin.kind} plugin "${plugin.id}"`,
        expected: 'one source for this id',
        got: `two: ${known.source} and ${source}`,
      });
    }
    this.#plugins.set(key, file === undefined ? { plugin, source } : { plugin, source, file });
  }

  /**
   * The plugin of this kind and id. `place` says where the id was written, for the message.
   * @throws PLUGIN_UNKNOWN
   */
  get<K extends PluginKind>(kind: K, id: string, place: string = kind): PluginOfKind<K> {
    this.#frozen = true;
    const found = this.#plugins.get(keyOf(kind, id));
    if (found !== undefined) return found.plugin as PluginOfKind<K>;
    const known = this.list(kind).map(({ plugin }) => plugin.id);
    const howToAdd = 'To add one, name its package or file under `plugins:` in the config.';
    throw new InterfuseError('PLUGIN_UNKNOWN', {
      place,
      expected: `one of the ${kind} plugins: ${known.join(', ') || 'none is loaded'}`,
      got: `"${id}"`,
      remedy: [didYouMean(id, known), howToAdd].filter((sentence) => sentence !== undefined).join(' '),
    });
  }

  has(kind: PluginKind, id: string): boolean {
    this.#frozen = true;
    return this.#plugins.has(keyOf(kind, id));
  }

  /** All plugins, or those of one kind, in the order of registration. */
  list<K extends PluginKind = PluginKind>(kind?: K): readonly PluginSource<PluginOfKind<K>>[] {
    this.#frozen = true;
    const all = [...this.#plugins.values()] as PluginSource<PluginOfKind<K>>[];
    return kind === undefined ? all : all.filter(({ plugin }) => plugin.kind === kind);
  }
}

/** A registry that holds these plugins. */
export function createRegistry(plugins: readonly PluginSource[]): Registry {
  const registry = new Registry();
  for (const { plugin, source, file } of plugins) registry.register(plugin, source, file);
  return registry;
}

/** The plugins that a package exports, with the name of that package. */
export function fromPackage(plugins: readonly Plugin[], source: string): PluginSource[] {
  return plugins.map((plugin) => ({ plugin, source }));
}

function keyOf(kind: PluginKind, id: string): string {
  return `${kind} ${id}`;
}
