/** A JSON Schema in words, for the "expected" line of an error. */
import { oneOf, show } from '../show.js';
import type { JsonSchema } from './schema.js';

const names: { readonly [type: string]: string } = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section with names and values',
  null: 'null',
};

/** `a whole number, at least 1 (Padded text length in tokens)`. */
export function describeSchema(schema: JsonSchema): string {
  const kind = kindOf(schema);
  const described = typeof schema.description === 'string' ? ` (${schema.description.replace(/\.$/, '')})` : '';
  return [kind, ...boundsOf(schema)].join(', ') + described;
}

function kindOf(schema: JsonSchema): string {
  if (Array.isArray(schema.enum)) {
    const texts = schema.enum.every((value) => typeof value === 'string');
    return texts ? oneOf(schema.enum) : `one of ${schema.enum.map(show).join(', ')}`;
  }
  if ('const' in schema) return show(schema.const);
  const types = [schema.type].flat().filter((type): type is string => typeof type === 'string');
  return types.length === 0 ? 'a value of its schema' : types.map((type) => names[type] ?? type).join(' or ');
}

function boundsOf(schema: JsonSchema): string[] {
  const bounds: [string, string][] = [
    ['minimum', 'at least'],
    ['exclusiveMinimum', 'more than'],
    ['maximum', 'at most'],
    ['exclusiveMaximum', 'less than'],
    ['multipleOf', 'a multiple of'],
    ['pattern', 'matching'],
  ];
  const said = bounds.filter(([keyword]) => keyword in schema).map(([keyword, words]) => `${words} ${schema[keyword]}`);
  const { minItems, maxItems } = schema;
  if (minItems !== undefined && minItems === maxItems) said.push(`of exactly ${minItems}`);
  else if (minItems === 1) said.push('not empty');
  else if (minItems !== undefined) said.push(`of at least ${minItems}`);
  else if (maxItems !== undefined) said.push(`of at most ${maxItems}`);
  if (schema.minLength === 1) said.push('not empty');
  else if (schema.minLength !== undefined) said.push(`of at least ${schema.minLength} letters`);
  if (schema.uniqueItems === true) said.push('without repetition');
  return said;
}
