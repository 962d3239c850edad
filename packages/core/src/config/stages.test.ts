/** Stages in a config: what they inherit, and the mistakes that are found before anything is built. */
import { describe, expect, it } from 'vitest';
import { sampleConfig, samplePlugins } from '../../test/sample-plugins.js';
import { thrown } from '../../test/thrown.js';
import { createRegistry } from '../index.js';
import { applyOverrides } from './overrides.js';
import { resolveConfig } from './resolve.js';
import { stageConfig } from './stages.js';

const resolve = (changes: object) => resolveConfig({ ...sampleConfig, ...changes }, createRegistry(samplePlugins()));
const after = (run: string) => ({ use: 'early', warmStart: { run, select: 'encoders/**' } });

describe('a stage', () => {
  it('is spelt out as the config is, and a warm start alone becomes a list', () => {
    const { fusion, stages } = resolve({ fusion: after('first'), stages: { first: { fusion: 'deep' } } });
    expect(stages).toEqual({
      first: {
        fusion: { use: 'deep', options: { depth: 2, gate: 'sigmoid' }, adaptation: 'frozen', control: 'none' },
        training: {},
      },
    });
    expect(fusion[0]?.warmStart).toEqual([{ run: 'first', select: 'encoders/**' }]);
  });

  it('takes encoders, data and seeds from the config where it does not say otherwise, but no training', () => {
    const config = resolve({
      training: { epochs: 9 },
      stages: { first: { fusion: 'early', data: { textLength: 5 } } },
    });
    const { data, encoders, seeds, training, fusion } = stageConfig(config, 'first');
    expect(data).toEqual({ ...config.data, textLength: 5 });
    expect([encoders, seeds, training]).toEqual([config.encoders, config.seeds, {}]);
    expect(fusion).toEqual([config.stages.first?.fusion]);
  });

  it('has encoders of its own where it says so', () => {
    const encoders = { audio: { use: 'transformer', options: { width: 8 } } };
    const config = resolve({ stages: { first: { fusion: 'early', encoders } } });
    expect(stageConfig(config, 'first').encoders).toEqual(encoders);
    expect(config.encoders).not.toEqual(encoders);
  });

  it('is reached by overrides, and null takes a warm start away', () => {
    const written = { ...sampleConfig, fusion: [after('first')], stages: { first: { fusion: 'early' } } };
    const changed = applyOverrides(written, [
      'stages.first.fusion.use=deep',
      'stages.first.fusion.options.depth=2',
      'fusion.warmStart=null',
    ]);
    const { fusion, stages } = resolve(changed);
    expect(stages.first?.fusion).toMatchObject({ use: 'deep', options: { depth: 2 } });
    expect(fusion[0]).not.toHaveProperty('warmStart');
  });

  it('may start with the weights of another', () => {
    const stages = { first: { fusion: 'early' }, second: { fusion: after('first') } };
    expect(() => resolve({ fusion: after('second'), stages })).not.toThrow();
  });
});

describe('a mistake about stages', () => {
  it('in a name is shown with the one that was meant', () => {
    const error = thrown(() => resolve({ fusion: after('frist'), stages: { first: { fusion: 'early' } } }));
    expect(error).toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'fusion.warmStart[0].run',
      remedy: 'Did you mean "first"?',
    });
  });

  it('is a circle', () => {
    const stages = { first: { fusion: after('second') }, second: { fusion: after('first') } };
    const error = thrown(() => resolve({ stages }));
    expect(error).toMatchObject({ code: 'CONFIG_WRONG_VALUE', got: 'a circle: first needs second needs first' });
  });

  it.each([
    ['an unknown plugin', { first: { fusion: 'erly' } }, 'PLUGIN_UNKNOWN', 'stages.first.fusion.use'],
    ['no strategy', { first: {} }, 'CONFIG_MISSING_OPTION', 'stages.first.fusion'],
    [
      'an option of an encoder that there is not',
      { first: { fusion: 'early', encoders: { '*': { use: 'transformer', options: { wide: 3 } } } } },
      'CONFIG_UNKNOWN_OPTION',
      'stages.first.encoders.*.options.wide',
    ],
    ['a slash in its name', { 'a/b': { fusion: 'early' } }, 'CONFIG_WRONG_VALUE', 'stages.a/b'],
    [
      'a warm start that selects nothing',
      { first: { fusion: { use: 'early', warmStart: { run: './x' } } } },
      'CONFIG_MISSING_OPTION',
      'stages.first.fusion.warmStart[0].select',
    ],
  ])('is found where it stands: %s', (_what, stages, code, place) => {
    expect(thrown(() => resolve({ stages }))).toMatchObject({ code, place });
  });
});
