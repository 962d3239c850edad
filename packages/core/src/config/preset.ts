/** Presets of a strategy: options that stand between the defaults of its schema and what the user writes. */
import type { FusionPlugin } from '../contracts/plugin.js';
import { InterfuseError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import type { FusionSlot, Options } from './effective-config.js';
import { isRecord, plainCopy } from './plain-copy.js';
import type { JsonSchema } from './schema.js';
import { compileSchema } from './validate.js';

/**
 * Writes the options of the preset that a slot names into it, beneath its own. What was filled in once stays: applied again
 * it changes nothing.
 *
 * @throws CONFIG_WRONG_VALUE for a name that the plugin does not know; PLUGIN_INVALID if the options do not fit its schema
 */
export function applyPreset(slot: FusionSlot, plugin: FusionPlugin, place: string): void {
  if (slot.preset === undefined) return;
  const { presets = {} } = plugin;
  const known = Object.keys(presets);
  const found = known.includes(slot.preset) ? presets[slot.preset] : undefined;
  if (found === undefined) {
    const guess = didYouMean(slot.preset, known);
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: `${place}.preset`,
      expected: known.length === 0 ? `no preset, for "${plugin.id}" has none` : `one of ${known.join(', ')}`,
      got: `"${slot.preset}"`,
      ...(guess === undefined ? {} : { remedy: guess }),
    });
  }
  checkPreset(plugin, slot.preset);
  (slot as { options: Options }).options = merged(found.options, slot.options);
}

/** @throws PLUGIN_INVALID if the options of a preset do not fit the schema; what a user has to add may be missing */
export function checkPreset(plugin: FusionPlugin, name: string): void {
  const options = plainCopy(plugin.presets?.[name]?.options ?? {});
  const problems = compileSchema(plugin.options as JsonSchema)(options, `presets.${name}.options`);
  const [problem] = problems.filter(({ code }) => code !== 'CONFIG_MISSING_OPTION');
  if (problem === undefined) return;
  throw new InterfuseError('PLUGIN_INVALID', {
    place: `fusion plugin "${plugin.id}", ${problem.place}`,
    expected: problem.expected,
    got: problem.got,
  });
}

/** Objects are merged option by option; anything else of the user's replaces that of the preset. */
function merged(preset: Options, own: Options): Options {
  const result: Record<string, unknown> = { ...(plainCopy(preset) as Options) };
  for (const [name, value] of Object.entries(own)) {
    const under = result[name];
    result[name] = isRecord(under) && isRecord(value) ? merged(under, value) : value;
  }
  return result;
}
