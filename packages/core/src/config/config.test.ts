/** A config from what a user wrote to what a run is made of: defaults, checks, and one error for each mistake. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import { early, sampleConfig, samplePlugins } from '../../test/sample-plugins.js';
import { thrown } from '../../test/thrown.js';
import { createRegistry, defineFusion, type EffectiveConfig, fromPackage, type InterfuseError } from '../index.js';
import { resolveConfig } from './resolve.js';
import { checkStructure } from './structure.js';
import { resolveTraining, trainingDefaults } from './training.js';
import { trainingProperties } from './training-schema.js';

const resolve = (config: { readonly [section: string]: unknown }) =>
  resolveConfig(config, createRegistry(samplePlugins()));

const all = (error: InterfuseError) => [error, ...error.also];

describe('an effective config', () => {
  it('has every slot spelt out and every default filled in', () => {
    expect(resolve(sampleConfig)).toEqual({
      name: 'default',
      data: { use: 'sample', options: { folder: 'here' }, textLength: 32, transforms: {} },
      encoders: { '*': { use: 'transformer', options: { width: 32 } } },
      languageModel: [{ use: 'tiny', options: {} }],
      fusion: [
        { use: 'early', options: {}, adaptation: 'frozen', control: 'none' },
        { use: 'deep', options: { depth: 3, gate: 'sigmoid' }, adaptation: 'frozen', control: 'none' },
      ],
      stages: {},
      training: {},
      evaluation: { metrics: { use: 'sentiment', options: {} }, select: 'MAE' },
      engine: { use: 'onnx', options: {} },
      seeds: [1, 2, 3],
      plugins: [],
      output: 'runs',
    } satisfies EffectiveConfig);
  });

  it('is the same whether slots and lists are written short or long', () => {
    const long = { ...sampleConfig, fusion: [{ use: 'early', options: {} }], seeds: [7], engine: { use: 'onnx' } };
    const short = { ...sampleConfig, fusion: 'early', seeds: 7, engine: 'onnx' };
    expect(JSON.stringify(resolve(short))).toBe(JSON.stringify(resolve(long)));
  });

  it('has the default engine where only options of it are given', () => {
    const { engine } = resolve({ ...sampleConfig, engine: { options: {} } });
    expect(engine).toEqual({ use: 'onnx', options: {} });
  });

  it('has its sections in one order, whatever the order they were written in', () => {
    const reversed = Object.fromEntries(Object.entries(sampleConfig).reverse());
    expect(JSON.stringify(resolve(reversed))).toBe(JSON.stringify(resolve(sampleConfig)));
  });

  it('is its own reading: resolving it again changes nothing', () => {
    const once = resolve(sampleConfig);
    expect(resolve({ ...once })).toEqual(once);
  });

  it('lists no language model where there is none, and leaves training partial', () => {
    const config = resolve({ ...sampleConfig, fusion: 'early', languageModel: null, training: { epochs: 2 } });
    expect(config.languageModel).toEqual([]);
    expect(config.training).toEqual({ epochs: 2 });
  });

  it('is frozen, and what the user wrote is untouched', () => {
    const written = { ...sampleConfig, fusion: [{ use: 'deep', options: {} }] };
    const config = resolve(written);
    expect(Object.isFrozen(config.fusion[0]!.options)).toBe(true);
    expect(written.fusion[0]!.options).toEqual({});
  });

  it('names a plugin that was given as a value by kind, id and version', () => {
    const mine = defineFusion({ ...early, id: '@me/mine' });
    const { config, plugins } = checkStructure({ ...sampleConfig, plugins: ['./other.ts', mine] });
    expect(config.plugins).toEqual(['./other.ts', 'fusion/@me/mine@1.0.0']);
    expect(plugins[1]).toMatchObject({ kind: 'fusion', id: '@me/mine' });
  });
});

describe('a misspelt name', () => {
  it('is one error with a suggestion, not a missing and an additional one', () => {
    const error = thrown(() => resolve({ ...sampleConfig, data: { use: 'sample', options: { foldre: 'here' } } }));
    expect(error).toMatchObject({
      code: 'CONFIG_UNKNOWN_OPTION',
      place: 'data.options.foldre',
      got: '"foldre"',
      remedy: 'Did you mean "folder"?',
      also: [],
    });
  });

  it('is guessed also when the right name has a default', () => {
    const error = thrown(() => resolve({ ...sampleConfig, fusion: { use: 'deep', options: { dept: 3 } } }));
    expect(error).toMatchObject({ place: 'fusion.options.dept', remedy: 'Did you mean "depth"?', also: [] });
  });

  it('of a section is found in the structure', () => {
    const { fusion, ...rest } = sampleConfig;
    const error = thrown(() => resolve({ ...rest, fuson: fusion }));
    expect(error).toMatchObject({ place: 'fuson', remedy: 'Did you mean "fusion"?', also: [] });
  });

  it('of a training setting is found', () => {
    const error = thrown(() => resolve({ ...sampleConfig, training: { learningrate: 1 } }));
    expect(error).toMatchObject({ place: 'training.learningrate', remedy: 'Did you mean "learningRate"?' });
  });

  it('of a plugin is found, with the place of its entry', () => {
    const error = thrown(() => resolve({ ...sampleConfig, fusion: ['early', 'depe'] }));
    expect(error).toMatchObject({ code: 'PLUGIN_UNKNOWN', place: 'fusion[1].use' });
    expect(error.remedy).toContain('"deep"');
  });

  it('of a word among several is found', () => {
    const error = thrown(() => resolve({ ...sampleConfig, training: { schedule: 'cosin' } }));
    expect(error).toMatchObject({ code: 'CONFIG_WRONG_VALUE', remedy: 'Did you mean "cosine"?' });
    expect(error.expected).toContain('"constant", "linear", "cosine", "cosine-restarts" or "plateau"');
  });
});

describe('a mistake', () => {
  it('in a value says what was expected and what came', () => {
    const error = thrown(() => resolve({ ...sampleConfig, training: { epochs: 'ten' } }));
    expect(error).toMatchObject({ code: 'CONFIG_WRONG_VALUE', place: 'training.epochs', got: '"ten"', also: [] });
    expect(error.expected).toContain('a whole number, at least 1');
  });

  it('of a transform is found, whether it is misspelt, out of range or two in one', () => {
    const of = (transform: object) => {
      const data = { use: 'sample', options: { folder: 'here' }, transforms: { audio: [{ pool: 4 }, transform] } };
      return thrown(() => resolve({ ...sampleConfig, data }));
    };
    expect(of({ standardize: true })).toMatchObject({
      code: 'CONFIG_UNKNOWN_OPTION',
      place: 'data.transforms.audio[1].standardize',
      remedy: 'Did you mean "standardise"?',
    });
    expect(of({ pool: 0 })).toMatchObject({ code: 'CONFIG_WRONG_VALUE', place: 'data.transforms.audio[1].pool' });
    expect(of({ clip: [1] })).toMatchObject({ code: 'CONFIG_WRONG_VALUE', place: 'data.transforms.audio[1].clip' });
    for (const wrong of [{}, { clip: [0, 1], pool: 3 }]) {
      const error = of(wrong);
      expect(error).toMatchObject({ code: 'CONFIG_WRONG_VALUE', place: 'data.transforms.audio[1]' });
      expect(error.expected).toContain('Exactly one of clip, standardise, pool, align');
    }
  });

  it('of omission names the place and describes what belongs there', () => {
    const error = thrown(() => resolve({ ...sampleConfig, data: 'sample' }));
    expect(error).toMatchObject({ code: 'CONFIG_MISSING_OPTION', place: 'data.options.folder' });
    expect(error.expected).toContain('Folder of the dataset');
  });

  it('is one of all that are listed at once', () => {
    const error = thrown(() =>
      resolve({
        ...sampleConfig,
        data: 'sample',
        training: { epochs: 0.5 },
        fusion: { use: 'deep', options: { depth: 0, gate: 'sigmod' } },
        engine: 'wsm',
      }),
    );
    expect(all(error).map(({ place }) => place)).toEqual([
      'training.epochs',
      'data.options.folder',
      'fusion.options.depth',
      'fusion.options.gate',
      'engine.use',
    ]);
    for (const other of error.also) expect(error.message).toContain(other.place);
  });

  it('is reported for values that no text file can hold', () => {
    const training = { learningRate: Number.NaN, epochs: 2n };
    const error = thrown(() => resolve({ ...sampleConfig, training }));
    expect(
      all(error)
        .map(({ place }) => place)
        .sort(),
    ).toEqual(['training.epochs', 'training.learningRate']);
  });

  it('is to list the same language model twice with the same options', () => {
    const error = thrown(() => resolve({ ...sampleConfig, languageModel: ['tiny', { use: 'tiny' }] }));
    expect(error).toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'languageModel[1]',
      expected: 'language models that differ in id or options',
    });
  });

  it('is to list the same strategy twice with the same options', () => {
    const fusion = ['deep', { use: 'deep', options: { depth: 2 } }];
    expect(thrown(() => resolve({ ...sampleConfig, fusion }))).toMatchObject({ place: 'fusion[1]' });
    const differing = resolve({ ...sampleConfig, fusion: ['deep', { use: 'deep', options: { depth: 4 } }] });
    expect(differing.fusion).toHaveLength(2);
  });

  it('in the schema of a plugin is laid at the door of the plugin', () => {
    const options = {
      type: 'object',
      additionalProperties: false,
      properties: { depth: { type: 'intger', description: 'Misspelt type.' } },
    };
    const broken = { ...early, id: 'broken', options };
    const registry = createRegistry([...samplePlugins(), ...fromPackage([broken], 'x')]);
    const error = thrown(() => resolveConfig({ ...sampleConfig, fusion: 'broken' }, registry));
    expect(error).toMatchObject({ code: 'PLUGIN_INVALID' });
    expect(error.place).toContain('"broken"');
  });

  it('is to name a property like one of every object', () => {
    const error = thrown(() =>
      resolve(JSON.parse(JSON.stringify(sampleConfig).replace('"fusion"', '"__proto__":{},"fusion"'))),
    );
    expect(error).toMatchObject({ code: 'CONFIG_UNKNOWN_OPTION', place: '__proto__' });
  });
});

describe('a preset', () => {
  const options = {
    type: 'object',
    additionalProperties: false,
    properties: {
      depth: { type: 'integer', default: 3, description: 'Depth.' },
      loss: {
        type: 'object',
        additionalProperties: false,
        default: {},
        description: 'Weights.',
        properties: {
          text: { type: 'number', default: 1, description: 'Of the text.' },
          words: { type: 'number', default: 1, description: 'Of the words.' },
        },
      },
    },
  } as const;
  const withPresets = (presets: object) =>
    createRegistry([
      ...samplePlugins(),
      { plugin: { ...early, id: 'deeper', options, presets } as never, source: 'a test' },
    ]);
  const registry = withPresets({ flat: { summary: 'One block.', options: { depth: 1, loss: { text: 0, words: 0 } } } });
  const fusion = (slot: object, known = registry) =>
    resolveConfig({ ...sampleConfig, fusion: { use: 'deeper', ...slot } }, known).fusion[0];

  it('stands between the defaults and what the user writes, inside nested options too', () => {
    expect(fusion({ preset: 'flat' })).toEqual({
      use: 'deeper',
      preset: 'flat',
      options: { depth: 1, loss: { text: 0, words: 0 } },
      adaptation: 'frozen',
      control: 'none',
    });
    expect(fusion({ preset: 'flat', options: { depth: 2, loss: { words: 0.5 } } })?.options).toEqual({
      depth: 2,
      loss: { text: 0, words: 0.5 },
    });
    expect(fusion({})?.options).toEqual({ depth: 3, loss: { text: 1, words: 1 } });
  });

  it('is its own reading: resolved again it changes nothing', () => {
    const once = fusion({ preset: 'flat', options: { depth: 2 } });
    expect(fusion(structuredClone(once) as object)).toEqual(once);
  });

  it('that nobody knows is answered with those that are known, and a guess', () => {
    expect(thrown(() => fusion({ preset: 'falt' }))).toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'fusion.preset',
      expected: 'one of flat',
      remedy: 'Did you mean "flat"?',
    });
    expect(thrown(() => resolve({ ...sampleConfig, fusion: { use: 'early', preset: 'flat' } }))).toMatchObject({
      place: 'fusion.preset',
      expected: 'no preset, for "early" has none',
    });
    // A name that every object has is none of the plugin's.
    expect(thrown(() => fusion({ preset: 'constructor' }))).toMatchObject({ code: 'CONFIG_WRONG_VALUE' });
  });

  it('beside the same options written out is the same strategy twice', () => {
    const twice = {
      fusion: [
        { use: 'deeper', preset: 'flat' },
        { use: 'deeper', options: { loss: { words: 0, text: 0 }, depth: 1 } },
      ],
    };
    expect(thrown(() => resolveConfig({ ...sampleConfig, ...twice }, registry))).toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'fusion[1]',
    });
  });

  it('whose options do not fit the schema is laid at the door of the plugin', () => {
    const broken = withPresets({ flat: { summary: 'One block.', options: { dept: 1 } } });
    expect(thrown(() => fusion({ preset: 'flat' }, broken))).toMatchObject({
      code: 'PLUGIN_INVALID',
      place: 'fusion plugin "deeper", presets.flat.options.dept',
    });
    expect(thrown(() => fusion({}, withPresets({ flat: { options: {} } })))).toMatchObject({ code: 'PLUGIN_INVALID' });
  });
});

describe('training settings', () => {
  it('come from the defaults, then the recipe, then the user', () => {
    const settings = resolveTraining({ epochs: 20, learningRate: 1e-4 }, { epochs: 3 });
    expect(settings).toEqual({ ...trainingDefaults, learningRate: 1e-4, epochs: 3 });
    expect(resolveTraining(undefined, {})).toEqual(trainingDefaults);
  });

  it('are merged inside groups, setting by setting', () => {
    const { groups } = resolveTraining(
      { groups: { encoders: { learningRateScale: 0.1, clip: false }, fusion: { weightDecay: 0 } } },
      { groups: { encoders: { learningRateScale: 0.5 } } },
    );
    expect(groups).toEqual({ encoders: { learningRateScale: 0.5, clip: false }, fusion: { weightDecay: 0 } });
  });

  it('are the ones that the schema describes, and the defaults fit it', () => {
    expectTypeOf<keyof typeof trainingProperties>().toEqualTypeOf<keyof typeof trainingDefaults>();
    expect(Object.keys(trainingProperties)).toEqual(Object.keys(trainingDefaults));
    expect(resolve({ ...sampleConfig, training: trainingDefaults }).training).toEqual(trainingDefaults);
  });
});
