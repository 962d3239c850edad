/** The first of two checks: whether a config has the right sections and every slot the form of a slot. */
import type { PluginKind } from '../contracts/plugin.js';
import { throwProblems } from '../errors.js';
import type { ConfigInput, EffectiveConfig } from './effective-config.js';
import { isRecord, plainCopy } from './plain-copy.js';
import { type ConfigForm, configSchema } from './schema.js';
import { type Check, compileSchema } from './validate.js';

/** The slots are spelt out and the sections have their defaults; the options of the plugins are not checked yet. */
export interface StructuredConfig {
  readonly config: EffectiveConfig;
  /** What `plugins:` names, in the order written: packages, paths, and plugins given as values. */
  readonly plugins: readonly unknown[];
  /** Whether `fusion` was written as a list, so that messages name the place as the user wrote it. */
  readonly listsFusion: boolean;
}

/** Slots are `{ use, options }` and lists are lists, as after `spellOut`. */
const spelledOut: ConfigForm = {
  slot: (_kind: PluginKind, description, beside = {}) => ({
    type: 'object',
    description,
    additionalProperties: false,
    required: ['use'],
    properties: {
      use: { type: 'string', minLength: 1, description: 'Id of the plugin.' },
      options: { type: 'object', default: {}, description: 'Options of the plugin.' },
      ...beside,
    },
  }),
  list: (items, rules) => ({ type: 'array', items, ...rules }),
};

let check: Check | undefined;

/** @throws CONFIG_UNKNOWN_OPTION, CONFIG_MISSING_OPTION, CONFIG_WRONG_VALUE: the first problem, which lists the others. */
export function checkStructure(written: ConfigInput): StructuredConfig {
  const config = spellOut(plainCopy(written) as ConfigInput);
  const plugins = Array.isArray(config.plugins) ? config.plugins : [];
  const listsFusion = Array.isArray(written.fusion);
  const named = { ...config, ...('plugins' in config ? { plugins: nameValues(config.plugins) } : {}) };
  check ??= compileSchema(configSchema(spelledOut));
  throwProblems(check(named, ''));
  return { config: named as unknown as EffectiveConfig, plugins, listsFusion };
}

/** Short forms become long ones; a section without content (`languageModel:` alone) counts as left out. */
function spellOut(config: ConfigInput): ConfigInput {
  const sections = Object.entries(config).filter(([, section]) => section !== null);
  return Object.fromEntries(sections.map(([name, section]) => [name, spellOutSection(name, section)]));
}

function spellOutSection(name: string, section: unknown): unknown {
  switch (name) {
    case 'data':
    case 'languageModel':
    case 'engine':
      return slot(section);
    case 'fusion':
      return asList(section).map(slot);
    case 'seeds':
    case 'plugins':
      return asList(section);
    case 'encoders':
      return isRecord(section)
        ? Object.fromEntries(Object.entries(section).map(([stream, encoder]) => [stream, slot(encoder)]))
        : section;
    case 'evaluation':
      return isRecord(section) && 'metrics' in section ? { ...section, metrics: slot(section.metrics) } : section;
    default:
      return section;
  }
}

function slot(written: unknown): unknown {
  if (typeof written === 'string') return { use: written };
  return isRecord(written) && written.options === null ? { ...written, options: {} } : written;
}

function asList(written: unknown): readonly unknown[] {
  return Array.isArray(written) ? written : [written];
}

/** A config is stored as text: a plugin that was given as a value is named by kind, id and version. */
function nameValues(plugins: unknown): unknown {
  if (!Array.isArray(plugins)) return plugins;
  return plugins.map((plugin) =>
    isRecord(plugin) && 'kind' in plugin ? `${plugin.kind}/${plugin.id}@${plugin.version}` : plugin,
  );
}
