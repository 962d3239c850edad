/** The reference of config files, made from the schema by which editors check them: every key, type, default and description. */
import type { JsonSchema } from '@interfuse/core/config';

type Schemas = { readonly [name: string]: JsonSchema };

/** Keys of a config that name plugins, and the kind of each. */
const kinds: { readonly [kind: string]: string } = {
  fusion: 'Fusion strategies',
  'language-model': 'Language models',
  encoder: 'Encoders',
  dataset: 'Datasets',
  metric: 'Metrics',
  engine: 'Engines',
};

/** @param schema what `interfuse schema` prints. @returns Markdown */
export function configPage(schema: JsonSchema): string {
  const properties = schema.properties as Schemas;
  const sections = Object.entries(properties).map(([name, own]) => configSection(name, own));
  const options = Object.entries(schema.$defs as { [kind: string]: Schemas }).flatMap(([kind, plugins]) => [
    `## ${kinds[kind] ?? kind}`,
    ...Object.entries(plugins).map(([id, own]) => pluginSection(kind, id, own)),
  ]);
  return [
    '# Config files',
    'Every key of a config, with its type and default, and every option of the plugins that come with Interfuse. `interfuse schema` prints the same as one JSON Schema, by which editors complete and check YAML and JSON files.',
    'A key that names a plugin (a *slot*) holds its id alone, `fusion: late`, or an object, `fusion: { use: late, options: { width: 32 } }`. Where a list is allowed, one item may stand alone.',
    ...sections,
    '## Options of the plugins',
    ...options,
  ].join('\n\n');
}

function configSection(name: string, schema: JsonSchema): string {
  const all = rowsBelow(schema, '');
  // The sections of a stage are those of the config.
  const rows = name === 'stages' ? all.filter(({ path }) => path.split('.').length <= 2) : all;
  return [`## ${name}`, describe(schema), facts(schema), table(rows)].filter((part) => part !== '').join('\n\n');
}

function pluginSection(kind: string, id: string, schema: JsonSchema): string {
  const rows = rowsBelow(schema, '');
  const title = `### ${id} (${kind})\n\n${String(schema.title)}. ${String(schema.description ?? '')}`;
  return rows.length === 0 ? `${title}\n\nNo options.` : `${title}\n\n${table(rows)}`;
}

interface Row {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** The keys below a key, in the order of the schema; what stands behind `options` is told with its plugin. */
function rowsBelow(written: JsonSchema, prefix: string): Row[] {
  const schema = objectOf(written);
  const required = (schema.required as readonly string[] | undefined) ?? [];
  const named = Object.entries((schema.properties ?? {}) as Schemas).map(([name, own]) => ({ name, own }));
  const { additionalProperties } = schema;
  const free =
    typeof additionalProperties === 'object' && additionalProperties !== null
      ? [{ name: '<name>', own: additionalProperties as JsonSchema }]
      : [];
  return [...named, ...free].flatMap(({ name, own }) => {
    const path = `${prefix}${name}`;
    const list = isList(own) ? `${path}[]` : path;
    return [{ path, schema: own, required: required.includes(name) }, ...rowsBelow(own, `${list}.`)];
  });
}

/** The alternative of a schema that is an object with keys of its own: of a slot the long form, of a list its items. */
function objectOf(schema: JsonSchema): JsonSchema {
  for (const alternative of alternativesOf(schema)) {
    const found = objectOf(alternative);
    if ('properties' in found || typeof found.additionalProperties === 'object') return found;
  }
  if (schema.type === 'array' && isSchema(schema.items)) return objectOf(schema.items);
  return schema;
}

function isList(schema: JsonSchema): boolean {
  return schema.type === 'array' || alternativesOf(schema).some((alternative) => alternative.type === 'array');
}

function alternativesOf(schema: JsonSchema): readonly JsonSchema[] {
  return (schema.anyOf ?? schema.oneOf ?? []) as readonly JsonSchema[];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function table(rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(
    ({ path, schema, required }) =>
      `| \`${path}\` | ${cell(typeOf(schema))} | ${required && !('default' in schema) ? 'required' : defaultOf(schema)} | ${cell(describe(schema))} |`,
  );
  return ['| key | type | default | what it is |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function facts(schema: JsonSchema): string {
  const preset = defaultOf(schema);
  return `Type: ${typeOf(schema)}.${preset === '' ? '' : ` Default: ${preset}.`}`;
}

function describe(schema: JsonSchema): string {
  if (typeof schema.description === 'string') return schema.description;
  return (
    alternativesOf(schema)
      .map(describe)
      .find((text) => text !== '') ?? ''
  );
}

function defaultOf(schema: JsonSchema): string {
  if ('default' in schema) return code(JSON.stringify(schema.default));
  return (
    alternativesOf(schema)
      .map(defaultOf)
      .find((text) => text !== '') ?? ''
  );
}

function typeOf(schema: JsonSchema): string {
  if (isSlot(schema)) return 'plugin';
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if ('const' in schema) return code(JSON.stringify(schema.const));
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeOf))].join(' or ');
  if (schema.type === 'array') {
    if (Array.isArray(schema.prefixItems))
      return `[${schema.prefixItems.map((item) => typeOf(item as JsonSchema)).join(', ')}]`;
    return isSchema(schema.items) ? `list of ${typeOf(schema.items)}` : 'list';
  }
  const types = [schema.type].flat().filter((type) => typeof type === 'string');
  return `${types.join(' or ') || 'any'}${boundsOf(schema)}`;
}

/** The id alone or an object with `use`. */
function isSlot(schema: JsonSchema): boolean {
  const [last] = alternativesOf(schema).slice(-1);
  return 'oneOf' in schema && isSchema(last?.properties) && 'use' in last.properties;
}

function boundsOf(schema: JsonSchema): string {
  const signs = { minimum: '≥', exclusiveMinimum: '>', maximum: '≤', exclusiveMaximum: '<' } as const;
  return Object.entries(signs)
    .filter(([keyword]) => keyword in schema)
    .map(([keyword, sign]) => ` ${sign} ${String(schema[keyword])}`)
    .join(',');
}

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
