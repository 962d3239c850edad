/** Checks of the manifest: what can be read without loading the plugin. */
import { createRegistry, type FusionPlugin, type Plugin } from '@interfuse/core';
import { checkPreset, compileSchema } from '@interfuse/core/config';
import { type Claim, nonconformity, type Tried } from '../claim.js';
import { fillOptions } from '../with-engine.js';

type Schema = { readonly [keyword: string]: unknown };

export const manifestClaims: readonly Claim<Tried>[] = [
  {
    name: 'the manifest is complete, and its id, version and interface are in order',
    run: async ({ plugin }) => void createRegistry([{ plugin: plugin as Plugin, source: 'the kit' }]),
  },
  {
    name: 'the schema of the options is valid, closed and described throughout',
    async run(subject) {
      checkSchema(subject);
      fillOptions(subject.plugin, subject.options);
      const { presets = {} } = subject.plugin as FusionPlugin;
      for (const name of Object.keys(presets)) checkPreset(subject.plugin as FusionPlugin, name);
    },
  },
];

function checkSchema(subject: Tried): void {
  const schema = subject.plugin.options as Schema;
  try {
    compileSchema(schema);
  } catch (cause) {
    throw nonconformity(subject, {
      expected: 'a JSON Schema of 2020-12 that Ajv compiles in strict mode',
      got: (cause as Error).message,
      usualCause: 'a misspelt keyword, or a default outside of `properties`.',
      cause,
    });
  }
  for (const { place, problem } of openPlaces(schema, 'options')) {
    throw nonconformity(subject, {
      expected: 'every object of the schema with additionalProperties: false, and a description on every property',
      got: `${problem} at ${place}`,
      usualCause: 'an object nested in an option, which needs both just as the whole does.',
    });
  }
}

/** Places where misspelt options would pass or nobody could look up what an option does. */
function* openPlaces(schema: Schema, place: string): Generator<{ place: string; problem: string }> {
  const properties = schema.properties as { [name: string]: Schema } | undefined;
  if (properties !== undefined && schema.additionalProperties !== false) yield { place, problem: 'an open object' };
  for (const [name, property] of Object.entries(properties ?? {})) {
    const inner = `${place}.${name}`;
    if (typeof property.description !== 'string' || property.description.trim() === '') {
      yield { place: inner, problem: 'no description' };
    }
    yield* openPlaces(property, inner);
  }
  if (typeof schema.items === 'object' && schema.items !== null)
    yield* openPlaces(schema.items as Schema, `${place}[]`);
}
