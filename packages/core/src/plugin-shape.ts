/** Checks that a value has the form of a plugin, field by field, before the registry takes it. */
import { apiVersion, type Plugin, type PluginKind } from './contracts/plugin.js';
import { InterfuseError, throwProblems } from './errors.js';
import { oneOf, show } from './show.js';

/** Every kind of plugin, which is a kind of slot in a config. */
export const pluginKinds = [
  'fusion',
  'language-model',
  'encoder',
  'dataset',
  'metric',
  'engine',
] as const satisfies readonly PluginKind[];

const idPattern = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;

type Fields = { readonly [field: string]: unknown };

interface Rule {
  readonly field: string;
  readonly expected: string;
  holds(value: unknown): boolean;
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (field: string): Rule => ({
  field,
  expected: 'a text that is not empty',
  holds: (value) => typeof value === 'string' && value.trim() !== '',
});

const choice = (field: string, words: readonly string[]): Rule => ({
  field,
  expected: oneOf(words),
  holds: (value) => typeof value === 'string' && words.includes(value),
});

const listOf = (field: string, words: readonly string[]): Rule => ({
  field,
  expected: `a list of ${oneOf(words)}`,
  holds: (value) => Array.isArray(value) && value.every((word) => words.includes(word)),
});

const optional = (rule: Rule): Rule => ({
  ...rule,
  holds: (value) => value === undefined || rule.holds(value),
});

const load: Rule = {
  field: 'load',
  expected: 'a function that returns a promise of the factory',
  holds: (value) => typeof value === 'function',
};

const requirements: Rule = {
  field: 'requires',
  expected: 'an object; {} if nothing is required',
  holds: isRecord,
};

const presets: Rule = {
  field: 'presets',
  expected: 'presets by name: { summary, options } or { summary, source, options }, names as ids',
  holds: (value) =>
    isRecord(value) &&
    Object.entries(value).every(
      ([name, preset]) =>
        idPattern.test(name) &&
        isRecord(preset) &&
        isRecord(preset.options) &&
        text('summary').holds(preset.summary) &&
        optional(text('source')).holds(preset.source),
    ),
};

const everyPlugin = [text('version'), text('title'), text('summary'), optional(text('paper')), load];
const capabilities = ['embed', 'blocks', 'logits', 'prefix', 'feedForward'];
const tasks = ['regression', 'classification'];

const ofKind: { readonly [K in PluginKind]: readonly Rule[] } = {
  fusion: [
    choice('category', ['early', 'late', 'shallow', 'intermediate', 'deep', 'none']),
    requirements,
    choice('missing', ['mask', 'zeros', 'absent-token']),
    choice('padding', ['invariant', 'fixed']),
    optional(choice('adaptation', ['own'])),
    optional(presets),
  ],
  'language-model': [listOf('provides', capabilities)],
  encoder: [],
  dataset: [],
  metric: [listOf('task', tasks)],
  engine: [],
};

/** The rules inside `requires` of a fusion plugin. */
const ofRequirements: readonly Rule[] = [
  optional(listOf('languageModel', capabilities)),
  optional(choice('text', ['tokens'])),
  optional(choice('wordTimes', ['measured', 'any'])),
  optional(listOf('task', tasks)),
  {
    field: 'streams',
    expected: '{ min } or { min, max }, whole numbers',
    holds: (value) =>
      value === undefined ||
      (isRecord(value) && Number.isInteger(value.min) && (value.max === undefined || Number.isInteger(value.max))),
  },
];

/** @throws PLUGIN_INVALID with all that is wrong; PLUGIN_API_VERSION. */
export function checkPlugin(value: unknown, source: string): asserts value is Plugin {
  if (!isRecord(value)) throw invalid(`plugin from ${source}`, 'an object made by a define function', show(value));
  const place = `plugin ${show(value.id)} from ${source}`;
  if (!pluginKinds.some((kind) => kind === value.kind)) {
    throw invalid(`${place}, kind`, oneOf(pluginKinds), show(value.kind));
  }
  if (typeof value.id !== 'string' || !idPattern.test(value.id)) {
    throw invalid(`${place}, id`, 'lower-case letters, digits and dashes; "@scope/name" for your own', show(value.id));
  }
  if (value.apiVersion !== apiVersion) {
    throw new InterfuseError('PLUGIN_API_VERSION', {
      place: `${place}, apiVersion`,
      expected: String(apiVersion),
      got: show(value.apiVersion),
    });
  }
  const problems = violated(value, [...everyPlugin, ...ofKind[value.kind as PluginKind]], place);
  if (isRecord(value.requires)) problems.push(...violated(value.requires, ofRequirements, `${place}, requires`));
  problems.push(...optionsProblems(value.options, `${place}, options`));
  throwProblems(problems);
}

function violated(fields: Fields, rules: readonly Rule[], place: string): InterfuseError[] {
  return rules
    .filter((rule) => !rule.holds(fields[rule.field]))
    .map((rule) => invalid(`${place}, ${rule.field}`, rule.expected, show(fields[rule.field])));
}

/** The schema of the options must be closed and described, because people and editors read it as the documentation. */
function optionsProblems(schema: unknown, place: string): InterfuseError[] {
  if (!isRecord(schema) || schema.type !== 'object') {
    return [invalid(place, 'a JSON Schema with type: "object"', show(schema))];
  }
  const problems: InterfuseError[] = [];
  if (schema.additionalProperties !== false) {
    const got = show(schema.additionalProperties);
    problems.push(invalid(`${place}.additionalProperties`, 'false, so that misspelt options are found', got));
  }
  const properties = schema.properties ?? {};
  if (!isRecord(properties)) return [...problems, invalid(`${place}.properties`, 'an object', show(properties))];
  for (const [name, property] of Object.entries(properties)) {
    if (!isRecord(property) || typeof property.description !== 'string' || property.description.trim() === '') {
      problems.push(invalid(`${place}.properties.${name}`, 'a schema with a description', show(property)));
    }
  }
  return problems;
}

function invalid(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('PLUGIN_INVALID', { place, expected, got });
}
