/** Overrides from the command line: `seeds=1,2`, `fusion.use=early`, `fusion.options.depth=3`. */
import { parseDocument } from 'yaml';
import { InterfuseError } from '../errors.js';
import { show } from '../show.js';
import type { ConfigInput } from './effective-config.js';
import { isRecord, plainCopy } from './plain-copy.js';

interface Override {
  /** As it was typed. */
  readonly text: string;
  readonly steps: readonly string[];
  readonly value: unknown;
}

/**
 * A copy of the config with the overrides applied. Which plugin fills a slot is decided first: `fusion.use` keeps the
 * entries that it names, with their options, and another id starts with that plugin's own defaults. Below `fusion`, and
 * below a list of language models, a path without a position (`fusion.options.depth`, not `fusion[0].options.depth`)
 * reaches every entry.
 * @throws CONFIG_BAD_OVERRIDE
 */
export function applyOverrides(config: ConfigInput, overrides: readonly string[]): ConfigInput {
  const parsed = overrides.map(parseOverride);
  const choosing = parsed.filter(isChoice);
  const setting = parsed.filter((override) => !isChoice(override));
  return [...choosing, ...setting].reduce(applyOne, plainCopy(config) as ConfigInput);
}

function parseOverride(text: string): Override {
  const equals = text.indexOf('=');
  const steps = text
    .slice(0, Math.max(equals, 0))
    .trim()
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.');
  if (equals < 1 || steps.includes('')) throw badOverride(text, 'path=value', show(text));
  return { text, steps, value: parseValue(text.slice(equals + 1).trim(), text) };
}

/** A YAML scalar, a list `1,2` or `[1, 2]`, or a mapping `{a: 1}`; quotes keep commas. */
function parseValue(value: string, text: string): unknown {
  if (value === '') throw badOverride(text, 'a value behind the equals sign', 'nothing');
  if (!/^["'[{]/.test(value) && value.includes(',')) {
    return value.split(',').map((item) => parseValue(item.trim(), text));
  }
  // The id of a plugin, `@scope/name`; YAML reserves the sign.
  if (value.startsWith('@')) return value;
  const document = parseDocument(value, { prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) throw badOverride(text, 'a YAML value', `${show(value)}: ${problem.message}`);
  const parsed: unknown = document.toJS();
  const bracketed = /^[[{]/.test(value);
  return typeof parsed === 'object' && parsed !== null && !bracketed ? value : parsed;
}

function applyOne(config: ConfigInput, override: Override): ConfigInput {
  const [section = '', ...rest] = override.steps;
  if (rest.length === 0 || !isListed(section, config, override)) {
    return set(config, override.steps, override, []) as ConfigInput;
  }
  const entries: readonly unknown[] = [config[section] ?? []].flat();
  const isOfOneEntry = /^\d+$/.test(rest[0] ?? '');
  if (isOfOneEntry) return { ...config, [section]: set(entries, rest, override, [section]) };
  if (isChoice(override)) {
    const chosen = [override.value].flat().flatMap((id) => {
      const kept = entries.filter((entry) => idOf(entry) === id);
      return kept.length > 0 ? kept : [{ use: id }];
    });
    return { ...config, [section]: chosen };
  }
  if (entries.length === 0) throw badOverride(override.text, `a config with entries below ${section}`, 'none listed');
  return { ...config, [section]: entries.map((entry) => set(entry, rest, override, [section, '*'])) };
}

/** Strategies always are; a language model is one slot unless the config or the override lists several. */
function isListed(section: string, config: ConfigInput, override: Override): boolean {
  if (section === 'fusion') return true;
  if (section !== 'languageModel') return false;
  const hasPosition = /^\d+$/.test(override.steps[1] ?? '');
  return hasPosition || Array.isArray(config.languageModel) || (isChoice(override) && Array.isArray(override.value));
}

/** The node with the value at these steps; `walked` are the steps that led to the node. */
function set(node: unknown, steps: readonly string[], override: Override, walked: readonly string[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return override.value;
  const section = isSlot(walked) && typeof node === 'string' ? { use: node } : (node ?? {});
  const below = [...walked, step];
  if (Array.isArray(section)) {
    const position = Number(step);
    if (!(position in section)) {
      throw badOverride(override.text, `a position from 0 to ${section.length - 1}`, `"${step}"`);
    }
    return section.map((entry, index) => (index === position ? set(entry, rest, override, below) : entry));
  }
  if (!isRecord(section)) {
    throw badOverride(override.text, `a section at ${walked.join('.')}`, show(section));
  }
  if (rest.length === 0 && step === 'use' && isSlot(walked) && section.use !== override.value) {
    const { options: _ofTheOther, ...kept } = section;
    return { ...kept, use: override.value };
  }
  return { ...section, [step]: set(section[step], rest, override, below) };
}

function isChoice({ steps }: Override): boolean {
  return steps.length > 1 && steps.at(-1) === 'use' && isSlot(steps.slice(0, -1));
}

/** Whether a plugin is chosen at this place. */
function isSlot(steps: readonly string[]): boolean {
  const [section = '', name] = steps;
  if (['data', 'engine'].includes(section)) return steps.length === 1;
  if (section === 'encoders') return steps.length === 2;
  if (section === 'evaluation') return steps.length === 2 && name === 'metrics';
  if (section === 'stages') return steps.length === (steps[2] === 'encoders' ? 4 : 3) && isStageSlot(steps[2]);
  return (
    ['fusion', 'languageModel'].includes(section) && (steps.length === 1 || (steps.length === 2 && name !== 'options'))
  );
}

function isStageSlot(name: string | undefined): boolean {
  return name === 'fusion' || name === 'encoders';
}

function idOf(entry: unknown): unknown {
  return isRecord(entry) ? entry.use : entry;
}

function badOverride(text: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('CONFIG_BAD_OVERRIDE', { place: `"${text}" on the command line`, expected, got });
}
