/** The registry: what it takes, what it refuses and how it says so. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import { deep, early, type noOptions, samplePlugins } from '../test/sample-plugins.js';
import { thrown } from '../test/thrown.js';
import { defineFusion, type EnginePlugin, type FusionPlugin, type OptionsOf } from './index.js';
import { createRegistry, fromPackage, Registry } from './registry.js';

describe('the registry', () => {
  it('returns a plugin by kind and id, typed by its kind', () => {
    const registry = createRegistry(samplePlugins());
    expect(registry.get('fusion', 'deep')).toBe(deep);
    expectTypeOf(registry.get('fusion', 'deep')).toEqualTypeOf<FusionPlugin>();
    expectTypeOf(registry.list('engine')[0]!.plugin).toEqualTypeOf<EnginePlugin>();
  });

  it('lists plugins of one kind with their sources, in the order of registration', () => {
    const registry = createRegistry([...fromPackage([early], 'one'), ...fromPackage([deep], 'two')]);
    expect(registry.list('fusion').map(({ plugin, source }) => [plugin.id, source])).toEqual([
      ['early', 'one'],
      ['deep', 'two'],
    ]);
    expect(registry.list('engine')).toEqual([]);
  });

  it('keeps ids of different kinds apart', () => {
    const registry = createRegistry(samplePlugins());
    expect(registry.has('fusion', 'onnx')).toBe(false);
    expect(registry.has('engine', 'onnx')).toBe(true);
  });

  it('answers an unknown id with what is known, a guess and a way to load a package', () => {
    const error = thrown(() => createRegistry(samplePlugins()).get('fusion', 'deeep', 'fusion.use'));
    expect(error).toMatchObject({ code: 'PLUGIN_UNKNOWN', place: 'fusion.use', got: '"deeep"' });
    expect(error.expected).toContain('deep, early');
    expect(error.remedy).toContain('Did you mean "deep"?');
    expect(error.remedy).toContain('`plugins:`');
  });

  it('names both sources of a duplicate', () => {
    const error = thrown(() => createRegistry([...fromPackage([deep], './a.ts'), ...fromPackage([deep], '@scope/b')]));
    expect(error).toMatchObject({ code: 'PLUGIN_DUPLICATE', got: 'two: ./a.ts and @scope/b' });
  });

  it('is frozen by the first lookup, of any form', () => {
    for (const lookUp of [
      (registry: Registry) => registry.get('fusion', 'early'),
      (registry: Registry) => registry.list(),
      (registry: Registry) => registry.has('fusion', 'early'),
    ]) {
      const registry = createRegistry(fromPackage([early], 'one'));
      lookUp(registry);
      expect(thrown(() => registry.register(deep, 'two'))).toMatchObject({
        code: 'REGISTRY_FROZEN',
        place: 'plugin from two',
      });
    }
  });
});

describe('a plugin that is registered', () => {
  const register = (plugin: unknown) => thrown(() => new Registry().register(plugin, './mine.ts'));

  it('must be an object of a known kind with an id', () => {
    expect(register('deepmlf')).toMatchObject({ code: 'PLUGIN_INVALID', got: '"deepmlf"' });
    expect(register({ ...deep, kind: 'fusoin' }).place).toContain('kind');
    expect(register({ ...deep, id: 'Deep MLF' }).place).toContain('id');
  });

  it('must be of this version of the interface, before anything else about it is judged', () => {
    const error = register({ kind: 'fusion', id: 'deep', apiVersion: 2 });
    expect(error).toMatchObject({ code: 'PLUGIN_API_VERSION', expected: '1', got: '2' });
    expect(error.place).toContain('./mine.ts');
  });

  it('is told every field that is wrong, at once', () => {
    const error = register({ ...deep, title: '', missing: 'nothing', load: undefined });
    const places = [error, ...error.also].map(({ place }) => place.split(', ')[1]);
    expect(places).toEqual(['title', 'load', 'missing']);
    expect(error.also[1]!.expected).toBe('"mask", "zeros" or "absent-token"');
  });

  it('must declare requirements that exist', () => {
    expect(register({ ...deep, requires: { text: 'words' } }).place).toContain('requires, text');
    expect(register({ ...deep, requires: { streams: { min: 'one' } } }).place).toContain('requires, streams');
    expect(register({ ...deep, requires: { languageModel: ['generate'] } }).place).toContain('languageModel');
  });

  it('must have a closed schema of its options with a description on every property', () => {
    const options = { type: 'object', properties: { depth: { type: 'integer' } } };
    const error = register({ ...deep, options });
    expect(error.place).toContain('options.additionalProperties');
    expect(error.also[0]!.place).toContain('options.properties.depth');
    expect(register({ ...deep, options: { type: 'array' } }).place).toContain('options');
  });
});

describe('the type of the options', () => {
  it('is inferred from their schema', () => {
    const options = {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: {
        name: { type: 'string', description: 'A name.' },
        depth: { type: 'integer', default: 2, description: 'A depth that has a default.' },
        gate: { enum: ['sigmoid', 'none'], description: 'A gate that may be left out.' },
      },
    } as const;
    type Options = OptionsOf<typeof options>;
    expectTypeOf<Options['name']>().toEqualTypeOf<string>();
    expectTypeOf<Options['depth']>().toEqualTypeOf<number>();
    expectTypeOf<Options['gate']>().toEqualTypeOf<'sigmoid' | 'none' | undefined>();
  });

  it('reaches the factory of a plugin whose schema is written in place', () => {
    const plugin = defineFusion({
      ...early,
      id: 'typed',
      options: {
        type: 'object',
        additionalProperties: false,
        properties: { depth: { type: 'integer', default: 2, description: 'Layers.' } },
      },
      load: async () => (options, host) => {
        expectTypeOf(options.depth).toEqualTypeOf<number>();
        expectTypeOf(host.task.kind).toEqualTypeOf<'regression' | 'classification'>();
        throw new Error('not called');
      },
    });
    expectTypeOf(plugin).toExtend<FusionPlugin>();
    expect(plugin.kind).toBe('fusion');
    expectTypeOf<OptionsOf<typeof noOptions>>().toExtend<object>();
  });
});
