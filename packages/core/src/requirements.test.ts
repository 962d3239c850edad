/** What a strategy requires is checked against the language model and the dataset before anything is built. */
import { describe, expect, it } from 'vitest';
import { deep, early, sampleSpec, tiny } from '../test/sample-plugins.js';
import { thrown } from '../test/thrown.js';
import type { FusionPlugin, FusionRequirements } from './index.js';
import { checkRequirements } from './requirements.js';

const requiring = (requires: FusionRequirements): FusionPlugin => ({ ...early, requires });

describe('requirements', () => {
  it('that are met raise nothing', () => {
    expect(() => checkRequirements(deep, tiny, sampleSpec)).not.toThrow();
    expect(() => checkRequirements(early, undefined, { ...sampleSpec, hasText: false, streams: {} })).not.toThrow();
  });

  it.each([
    ['a language model where there is none', requiring({ languageModel: ['embed'] }), undefined, 'languageModel'],
    ['a tokenizer where there is none', requiring({ text: 'tokens' }), undefined, 'languageModel'],
    [
      'members that the language model lacks',
      requiring({ languageModel: ['embed', 'logits'] }),
      tiny,
      'languageModel.use',
    ],
    ['more streams than there are', requiring({ streams: { min: 3 } }), undefined, 'data.use'],
    ['fewer streams than there are', requiring({ streams: { min: 1, max: 1 } }), undefined, 'data.use'],
    ['times of words that are not known', requiring({ wordTimes: 'measured' }), undefined, 'data.use'],
    ['another task', requiring({ task: ['classification'] }), undefined, 'data.use'],
  ])('name %s', (_what, plugin, model, place) => {
    const error = thrown(() => checkRequirements(plugin, model, sampleSpec));
    expect(error).toMatchObject({ code: 'PLUGIN_REQUIREMENT', place, also: [] });
    expect(error.expected).toContain('required by early');
  });

  it('take times of words that are known, and with `any` all that there is', () => {
    const [name, stream] = Object.entries(sampleSpec.streams)[0] as [string, (typeof sampleSpec.streams)[string]];
    const timed = { ...sampleSpec, wordTimes: 'measured' as const, streams: { [name]: { ...stream, pace: 8 } } };
    expect(() => checkRequirements(requiring({ wordTimes: 'measured' }), undefined, timed)).not.toThrow();
    expect(() => checkRequirements(requiring({ wordTimes: 'any' }), undefined, sampleSpec)).not.toThrow();
  });

  it('that are not met are named all at once', () => {
    const error = thrown(() => checkRequirements(deep, undefined, { ...sampleSpec, hasText: false, streams: {} }));
    expect([error, ...error.also].map(({ expected }) => expected)).toEqual([
      'a language model with embed, blocks (required by deep)',
      'a dataset with text (required by deep)',
      'at least 1 streams (required by deep)',
    ]);
  });

  it('of an adaptation: a language model that describes its feed-forwards, and a strategy that does not adapt it itself', () => {
    const describing = { ...tiny, provides: [...tiny.provides, 'feedForward' as const] };
    const own = { ...early, adaptation: 'own' as const };
    const check = (plugin: FusionPlugin, model: typeof tiny | undefined) => () =>
      checkRequirements(plugin, model, sampleSpec, 'feed-forward');
    expect(check(early, describing)).not.toThrow();
    for (const [plugin, model] of [
      [early, undefined],
      [early, tiny],
      [own, describing],
    ] as const) {
      expect(thrown(check(plugin, model))).toMatchObject({ code: 'PLUGIN_REQUIREMENT', place: 'fusion.adaptation' });
    }
  });
});
