/** One JSON Schema for the whole config and all loaded plugins, so that editors complete and check a config file. */
import type { FusionPlugin, PluginKind } from '../contracts/plugin.js';
import { pluginKinds } from '../plugin-shape.js';
import type { Registry } from '../registry.js';
import { type ConfigForm, configSchema, type JsonSchema } from './schema.js';
import { trainingDefaults } from './training.js';
import { trainingProperties } from './training-schema.js';

/** Validation does not use this schema: inside alternatives no defaults are filled in, and messages are hard to read. */
export function composedSchema(registry: Registry): JsonSchema {
  const form: ConfigForm = {
    slot: (kind, description, beside = {}) => ({ description, ...slotSchema(kind, registry, beside) }),
    list: (items, { description, default: preset, ...rules }) => ({
      description,
      ...(preset === undefined ? {} : { default: preset }),
      anyOf: [items, { type: 'array', items, ...rules }],
    }),
  };
  const training = Object.fromEntries(
    Object.entries(trainingProperties).map(([name, schema]) => [
      name,
      { ...schema, default: trainingDefaults[name as keyof typeof trainingDefaults] },
    ]),
  );
  const schema = configSchema(form, training);
  const { languageModel } = schema.properties;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Interfuse configuration',
    ...schema,
    properties: {
      $schema: { type: 'string', description: 'This schema, for editors.' },
      ...schema.properties,
      languageModel: { anyOf: [languageModel, { type: 'null' }] },
    },
    $defs: Object.fromEntries(pluginKinds.map((kind) => [kind, pluginOptions(kind, registry)])),
  };
}

/** The id alone, or an object whose `use` decides what its `options` may be. */
function slotSchema(kind: PluginKind, registry: Registry, beside: { readonly [name: string]: JsonSchema }): JsonSchema {
  const plugins = registry.list(kind).map(({ plugin }) => plugin);
  const bare = plugins.filter(({ options }) => !needsOptions(options as JsonSchema));
  return {
    oneOf: [
      ...bare.map(({ id, title }) => ({ const: id, title })),
      {
        type: 'object',
        additionalProperties: false,
        required: ['use'],
        properties: {
          use: { enum: plugins.map(({ id }) => id), description: 'Id of the plugin.' },
          options: { type: 'object', description: 'Options of the plugin.' },
          ...beside,
        },
        allOf: plugins.map((plugin) => ({
          if: { properties: { use: { const: plugin.id } }, required: ['use'] },
          // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
          then: {
            properties: {
              options: { $ref: `#/$defs/${kind}/${escapePointer(plugin.id)}` },
              ...(plugin.kind === 'fusion' ? { preset: presetSchema(plugin) } : {}),
            },
            ...(needsOptions(plugin.options as JsonSchema) ? { required: ['options'] } : {}),
          },
        })),
      },
    ],
  };
}

/** The names of its presets, each with what it is; no value at all where it has none. */
function presetSchema({ presets = {} }: FusionPlugin): JsonSchema | false {
  const named = Object.entries(presets).map(([name, { summary }]) => ({ const: name, description: summary }));
  return named.length === 0 ? false : { oneOf: named };
}

/** A name of its own for each schema, so that references inside it stay inside it. */
function pluginOptions(kind: PluginKind, registry: Registry): JsonSchema {
  return Object.fromEntries(
    registry.list(kind).map(({ plugin }) => [
      plugin.id,
      {
        $id: `interfuse:${kind}/${plugin.id}`,
        title: plugin.title,
        description: plugin.summary,
        ...(plugin.options as JsonSchema),
      },
    ]),
  );
}

function needsOptions(options: JsonSchema): boolean {
  return Array.isArray(options.required) && options.required.some((name) => !hasDefault(options, name));
}

function hasDefault(options: JsonSchema, name: string): boolean {
  return 'default' in ((options.properties as { [name: string]: JsonSchema } | undefined)?.[name] ?? {});
}

function escapePointer(id: string): string {
  return id.replaceAll('~', '~0').replaceAll('/', '~1');
}
