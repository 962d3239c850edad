/** The first of two checks: whether a config has the right sections and every slot the form of a slot. */
import type { PluginKind } from '../contracts/plugin.js';
import { type InterfuseError, throwProblems } from '../errors.js';
import type { ConfigInput, EffectiveConfig } from './effective-config.js';
import { isRecord, plainCopy } from './plain-copy.js';
import { type ConfigForm, configSchema, defaultEngine } from './schema.js';
import { type Check, compileSchema } from './validate.js';

/** The slots are spelt out and the sections have their defaults; the options of the plugins are not checked yet. */
export interface StructuredConfig {
  readonly config: EffectiveConfig;
  /** What `plugins:` names, in the order written: packages, paths, and plugins given as values. */
  readonly plugins: readonly unknown[];
}

/** Slots are `{ use, options }` and lists are lists, as `spellOut` leaves them. */
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
  const { sections, plugins, problems } = inspectStructure(written);
  throwProblems(problems);
  return { config: sections as unknown as EffectiveConfig, plugins };
}

/** The sections spelt out, and what is wrong with them; they are an `EffectiveConfig` only where nothing is. */
export function inspectStructure(written: ConfigInput): {
  readonly sections: ConfigInput;
  readonly plugins: readonly unknown[];
  readonly problems: readonly InterfuseError[];
} {
  const spelled = spellOut(plainCopy(written) as ConfigInput);
  const plugins = Array.isArray(spelled.plugins) ? spelled.plugins : [];
  const sections = plugins.length === 0 ? spelled : { ...spelled, plugins: plugins.map(nameValue) };
  check ??= compileSchema(configSchema(spelledOut));
  return { sections, plugins, problems: check(sections, '') };
}

/** Short forms become long ones; a section without content (`languageModel:` alone) counts as left out. */
function spellOut(config: ConfigInput): ConfigInput {
  const sections = Object.entries(config).filter(([, section]) => section !== null);
  return Object.fromEntries(sections.map(([name, section]) => [name, spellOutSection(name, section)]));
}

function spellOutSection(name: string, section: unknown): unknown {
  switch (name) {
    case 'data':
      return slot(section);
    case 'engine': {
      const engine = slot(section);
      return isRecord(engine) && !('use' in engine) ? { use: defaultEngine, ...engine } : engine;
    }
    case 'languageModel':
      return asList(section).map(slot);
    case 'fusion':
      return asList(section).map(fusionSlot);
    case 'stages':
      return isRecord(section)
        ? Object.fromEntries(Object.entries(section).map(([stage, written]) => [stage, spellOutStage(written)]))
        : section;
    case 'seeds':
    case 'plugins':
      return asList(section);
    case 'search':
    case 'tuned':
      return isRecord(section) && 'seeds' in section ? { ...section, seeds: asList(section.seeds) } : section;
    case 'encoders':
      return encoderSlots(section);
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

function fusionSlot(written: unknown): unknown {
  const spelled = slot(written);
  if (!isRecord(spelled) || !('warmStart' in spelled)) return spelled;
  const { warmStart, ...rest } = spelled;
  return warmStart === null ? rest : { ...rest, warmStart: asList(warmStart) };
}

function spellOutStage(written: unknown): unknown {
  if (!isRecord(written)) return written;
  const parts = Object.entries(written).filter(([, part]) => part !== null);
  const spelled = parts.map(([name, part]): [string, unknown] => {
    if (name === 'fusion') return [name, fusionSlot(part)];
    return [name, name === 'encoders' ? encoderSlots(part) : part];
  });
  return Object.fromEntries(spelled);
}

function encoderSlots(section: unknown): unknown {
  return isRecord(section)
    ? Object.fromEntries(Object.entries(section).map(([stream, encoder]) => [stream, slot(encoder)]))
    : section;
}

function asList(written: unknown): readonly unknown[] {
  return Array.isArray(written) ? written : [written];
}

/** A config is stored as text: a plugin that was given as a value is named by kind, id and version. */
function nameValue(plugin: unknown): unknown {
  return isRecord(plugin) && 'kind' in plugin ? `${plugin.kind}/${plugin.id}@${plugin.version}` : plugin;
}
