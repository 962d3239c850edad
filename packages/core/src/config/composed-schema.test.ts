/** The schema for editors says yes and no to the same configs as the validation does. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { early, sampleConfig, samplePlugins } from '../../test/sample-plugins.js';
import { createRegistry, fromPackage } from '../registry.js';
import { composedSchema } from './composed-schema.js';
import { resolveConfig } from './resolve.js';
import { trainingDefaults } from './training.js';

const registry = createRegistry(samplePlugins());
const ajv = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  useDefaults: false,
});
const validate = ajv.compile(composedSchema(registry));

function acceptedByValidation(config: { readonly [section: string]: unknown }): boolean {
  try {
    resolveConfig(config, registry);
    return true;
  } catch {
    return false;
  }
}

describe('the composed schema', () => {
  it.each([
    ['short slots and a mixed list', sampleConfig, true],
    ['one strategy and one seed', { ...sampleConfig, fusion: 'early', seeds: 1 }, true],
    ['no language model', { ...sampleConfig, languageModel: null }, true],
    ['a list of language models', { ...sampleConfig, languageModel: [{ use: 'tiny' }] }, true],
    ['settings of training', { ...sampleConfig, training: trainingDefaults }, true],
    [
      'an encoder for one stream',
      { ...sampleConfig, encoders: { audio: { use: 'transformer', options: { width: 8 } } } },
      true,
    ],
    [
      'transforms of streams',
      {
        ...sampleConfig,
        data: { ...sampleConfig.data, transforms: { '*': [{ clip: [-1, 1] }, { standardise: true }] } },
      },
      true,
    ],
    [
      'an unknown transform',
      { ...sampleConfig, data: { ...sampleConfig.data, transforms: { audio: [{ whiten: true }] } } },
      false,
    ],
    ['a preset', { ...sampleConfig, fusion: { use: 'deep', preset: 'flat' } }, true],
    ['a preset that the plugin does not have', { ...sampleConfig, fusion: { use: 'deep', preset: 'steep' } }, false],
    ['a preset of a plugin that has none', { ...sampleConfig, fusion: { use: 'early', preset: 'flat' } }, false],
    [
      'a stage and a warm start from it',
      {
        ...sampleConfig,
        fusion: { use: 'early', warmStart: { run: 'first', select: '**' } },
        stages: { first: { fusion: 'early', encoders: { '*': 'transformer' }, data: { textLength: 5 } } },
      },
      true,
    ],
    [
      'a stage with a dataset of its own',
      { ...sampleConfig, stages: { first: { fusion: 'early', data: 'x' } } },
      false,
    ],
    ['an option of another plugin', { ...sampleConfig, fusion: { use: 'early', options: { depth: 2 } } }, false],
    ['a bare id of a plugin that needs options', { ...sampleConfig, data: 'sample' }, false],
    ['an unknown plugin', { ...sampleConfig, engine: 'abacus' }, false],
    ['a value out of range', { ...sampleConfig, fusion: { use: 'deep', options: { depth: 0 } } }, false],
    ['an unknown section', { ...sampleConfig, modality: 'audio' }, false],
    ['no strategy', { ...sampleConfig, fusion: [] }, false],
  ])('agrees with the validation on %s', (_what, config, accepted) => {
    expect(validate(structuredClone(config))).toBe(accepted);
    expect(acceptedByValidation(config)).toBe(accepted);
  });

  it('keeps the references inside the schema of a plugin', () => {
    const recursive = {
      ...early,
      id: 'nested',
      options: {
        type: 'object',
        additionalProperties: false,
        properties: { tree: { $ref: '#/$defs/tree', description: 'Layers in layers.' } },
        $defs: { tree: { type: 'object', additionalProperties: { $ref: '#/$defs/tree' } } },
      },
    };
    const schema = composedSchema(createRegistry([...samplePlugins(), ...fromPackage([recursive], 'x')]));
    // Compiled by another instance: two schemas may not carry the same name in one.
    const nested = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false }).compile(schema);
    const of = (tree: unknown) => ({ ...sampleConfig, fusion: { use: 'nested', options: { tree } } });
    expect(nested(of({ a: { b: {} } }))).toBe(true);
    expect(nested(of({ a: { b: 1 } }))).toBe(false);
  });
});
