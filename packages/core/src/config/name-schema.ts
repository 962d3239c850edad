/** Puts the name of a JSON Schema into the text of a config file, where editors look for it, and leaves the rest as it is. */
import { isMap, isScalar, parseDocument } from 'yaml';
import { InterfuseError } from '../errors.js';

/** How editors with the YAML language server are told. */
const modeline = /^#[ \t]*yaml-language-server:[ \t]*\$schema=.*$/m;

/**
 * @param file its name tells JSON from YAML
 * @param schema as it is written: `./interfuse.schema.json`
 * @throws CONFIG_UNREADABLE if a JSON file holds no object
 */
export function nameSchema(text: string, file: string, schema: string): string {
  return file.endsWith('.json') ? nameInJson(text, file, schema) : nameInYaml(text, schema);
}

function nameInYaml(text: string, schema: string): string {
  const [mark, rest] = text.startsWith('\uFEFF') ? ['\uFEFF', text.slice(1)] : ['', text];
  const line = `# yaml-language-server: $schema=${schema}`;
  if (modeline.test(rest)) return mark + rest.replace(modeline, () => line);
  return `${mark}${line}${rest.includes('\r\n') ? '\r\n' : '\n'}${rest}`;
}

/** The parser of YAML is used because it says where things stand. */
function nameInJson(text: string, file: string, schema: string): string {
  const { contents } = parseDocument(text, { schema: 'json' });
  if (!isMap(contents) || !contents.range) {
    throw new InterfuseError('CONFIG_UNREADABLE', { place: file, expected: 'an object', got: 'something else' });
  }
  const value = JSON.stringify(schema);
  for (const { key, value: old } of contents.items) {
    if (isScalar(key) && key.value === '$schema' && isScalar(old) && old.range) {
      return text.slice(0, old.range[0]) + value + text.slice(old.range[1]);
    }
  }
  const start = contents.range[0] + 1;
  const entry = `"$schema": ${value}`;
  if (contents.items.length === 0) return text.slice(0, start) + entry + text.slice(start);
  const space = /^\s*/.exec(text.slice(start))?.[0] ?? '';
  return `${text.slice(0, start)}${space}${entry},${space || ' '}${text.slice(start + space.length)}`;
}
