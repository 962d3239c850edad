/** The second check: every slot against its plugin's own schema. What comes out is the config that a run is made of. */
import type { PluginKind } from '../contracts/plugin.js';
import { InterfuseError, isInterfuseError, throwProblems } from '../errors.js';
import type { Registry } from '../registry.js';
import { show } from '../show.js';
import type { ConfigInput, EffectiveConfig, FusionSlot, Slot } from './effective-config.js';
import { deepFreeze, isRecord } from './plain-copy.js';
import { applyPreset } from './preset.js';
import type { JsonSchema } from './schema.js';
import { stageProblems } from './stages.js';
import { inspectStructure } from './structure.js';
import { type Check, compileSchema } from './validate.js';

/**
 * Checks a config and fills in every default. The result is frozen, and its sections stand in a fixed order.
 * @throws PLUGIN_UNKNOWN, CONFIG_UNKNOWN_OPTION, CONFIG_MISSING_OPTION, CONFIG_WRONG_VALUE: the first problem, which
 * lists the others; PLUGIN_INVALID if a plugin's schema is not a JSON Schema.
 */
export function resolveConfig(written: ConfigInput, registry: Registry): EffectiveConfig {
  const { sections, problems } = inspectStructure(written);
  throwProblems([...problems, ...slotsOf(sections).flatMap((slot) => problemsOf(slot, registry))]);
  const config = sections as unknown as EffectiveConfig;
  throwProblems([
    ...repeated('fusion', 'strategies', config.fusion),
    ...repeated('languageModel', 'language models', config.languageModel),
    ...stageProblems(config),
    ...sharedSeeds(config),
  ]);
  return deepFreeze(inFixedOrder(config));
}

/** The sections in the order in which they are stored; the last two are absent unless they are written. */
const sectionOrder = Object.keys({
  name: true,
  data: true,
  encoders: true,
  languageModel: true,
  fusion: true,
  stages: true,
  training: true,
  evaluation: true,
  engine: true,
  seeds: true,
  plugins: true,
  output: true,
  search: true,
  tuned: true,
} satisfies Record<keyof EffectiveConfig, true>) as (keyof EffectiveConfig)[];

function inFixedOrder(config: EffectiveConfig): EffectiveConfig {
  const written = sectionOrder.filter((section) => config[section] !== undefined);
  return Object.fromEntries(written.map((section) => [section, config[section]])) as unknown as EffectiveConfig;
}

interface PlacedSlot {
  readonly kind: PluginKind;
  readonly slot: Slot;
  readonly place: string;
}

/** The slots that have the form of a slot: what is wrong with the others has been said. */
function slotsOf({ data, encoders, languageModel, fusion, stages, evaluation, engine }: ConfigInput): PlacedSlot[] {
  const candidates: [PluginKind, string, unknown][] = [
    ['dataset', 'data', data],
    ...encoderSlots('encoders', encoders),
    ...listedSlots('language-model', 'languageModel', languageModel),
    ...listedSlots('fusion', 'fusion', fusion),
    ...entriesOf(stages).flatMap(([name, stage]) => stageSlots(`stages.${name}`, stage)),
    ['metric', 'evaluation.metrics', isRecord(evaluation) ? evaluation.metrics : undefined],
    ['engine', 'engine', engine],
  ];
  return candidates.flatMap(([kind, place, slot]) => (isSlot(slot) ? [{ kind, place, slot }] : []));
}

function encoderSlots(place: string, written: unknown): [PluginKind, string, unknown][] {
  return entriesOf(written).map(([stream, slot]) => ['encoder', `${place}.${stream}`, slot]);
}

function stageSlots(place: string, stage: unknown): [PluginKind, string, unknown][] {
  if (!isRecord(stage)) return [];
  return [['fusion', `${place}.fusion`, stage.fusion], ...encoderSlots(`${place}.encoders`, stage.encoders)];
}

/** Only one of several is named by its position. */
function listedSlots(kind: PluginKind, section: string, written: unknown): [PluginKind, string, unknown][] {
  const slots = Array.isArray(written) ? written : [];
  return slots.map((slot, index) => [kind, slots.length === 1 ? section : `${section}[${index}]`, slot]);
}

function entriesOf(section: unknown): [string, unknown][] {
  return isRecord(section) ? Object.entries(section) : [];
}

function isSlot(written: unknown): written is Slot {
  return isRecord(written) && typeof written.use === 'string' && written.use !== '' && isRecord(written.options);
}

function problemsOf({ kind, slot, place }: PlacedSlot, registry: Registry): InterfuseError[] {
  try {
    const plugin = registry.get(kind, slot.use, `${place}.use`);
    if (plugin.kind === 'fusion') applyPreset(slot as FusionSlot, plugin, place);
    return optionsCheck(kind, plugin.id, plugin.options as JsonSchema)(slot.options, `${place}.options`);
  } catch (error) {
    if (isInterfuseError(error)) return [error];
    throw error;
  }
}

function optionsCheck(kind: PluginKind, id: string, schema: JsonSchema): Check {
  try {
    return compileSchema(schema);
  } catch (cause) {
    throw new InterfuseError('PLUGIN_INVALID', {
      place: `options of the ${kind} plugin "${id}"`,
      expected: 'a JSON Schema (2020-12)',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** Two entries that became the same once presets and defaults were filled in would be one and the same run. */
function repeated(section: string, what: string, slots: readonly Slot[]): InterfuseError[] {
  const seen = new Set<string>();
  return slots.flatMap((slot, index) => {
    const key = JSON.stringify(inOrder({ ...slot, preset: undefined }));
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return new InterfuseError('CONFIG_WRONG_VALUE', {
      place: `${section}[${index}]`,
      expected: `${what} that differ in id or options`,
      got: `${show(slot.use)} a second time with the same options`,
      remedy: 'Remove it, or change its options.',
    });
  });
}

/** What was tuned with a seed looks better with it than with another. */
function sharedSeeds({ search, tuned, seeds }: EffectiveConfig): InterfuseError[] {
  return Object.entries({ search, tuned }).flatMap(([section, tuning]) => {
    const shared = tuning?.seeds.filter((seed) => seeds.includes(seed)) ?? [];
    if (shared.length === 0) return [];
    return new InterfuseError('CONFIG_WRONG_VALUE', {
      place: `${section}.seeds`,
      expected: `seeds that are not among those that are reported (${seeds.join(', ')})`,
      got: shared.join(', '),
    });
  });
}

/** The same value with the properties of every object in the order of their names. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, entry]) => [name, inOrder(entry)]));
}
