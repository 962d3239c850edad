/** A run gets its parts from one container of its own: made when asked for, once, and shared only on purpose. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  datasetOf,
  deep,
  disposedEngines,
  early,
  sampleConfig,
  samplePlugins,
  sampleSpec,
  seenHosts,
  silent,
} from '../../test/sample-plugins.js';
import { rejected } from '../../test/thrown.js';
import { resolveConfig } from '../config/resolve.js';
import type { DatasetSpec, Plugin } from '../index.js';
import { composeHost } from './compose.js';

beforeEach(() => {
  seenHosts.length = 0;
  disposedEngines.length = 0;
});

function hostWith(plugins = samplePlugins()) {
  return composeHost({ plugins, logger: silent, resolvePath: (path) => path, adapt: async (model) => model });
}

function open(written: object = {}, { spec, index = 1 }: { spec?: DatasetSpec; index?: number } = {}) {
  const host = hostWith(samplePlugins(spec));
  return host.openRun(resolveConfig({ ...sampleConfig, ...written }, host.registry), { fusion: index });
}

describe('a run', () => {
  it('makes each part once, also when it is asked for at the same time', async () => {
    const run = open();
    const [first, second] = await Promise.all([run.engine(), run.engine()]);
    expect(second).toBe(first);
    expect(await run.dataset()).toBe(await run.dataset());
    expect((await run.fusion()).module).toBe((await run.fusion()).module);
    expect(seenHosts).toHaveLength(1);
  });

  it('shares nothing with another run of the same config', async () => {
    const host = hostWith();
    const config = resolveConfig(sampleConfig, host.registry);
    const [one, other] = [host.openRun(config, { fusion: 1 }), host.openRun(config, { fusion: 1 })];
    expect(await one.dataset()).not.toBe(await other.dataset());
    expect(await one.engine()).not.toBe(await other.engine());
    expect(await one.metrics()).not.toBe(await other.metrics());
    expect((await one.languageModel())!.model).not.toBe((await other.languageModel())!.model);
    expect((await one.fusion()).module).not.toBe((await other.fusion()).module);
    const [oneHost, otherHost] = seenHosts;
    expect(oneHost!.encoders.audio).not.toBe(otherHost!.encoders.audio);
  });

  it('takes a dataset and an engine that are shared on purpose, and leaves the engine to its owner', async () => {
    const host = hostWith();
    const config = resolveConfig(sampleConfig, host.registry);
    const owner = host.openRun(config, { fusion: 0 });
    const shared = { dataset: datasetOf(sampleSpec), engine: await owner.engine() };
    const run = host.openRun(config, { fusion: 1 }, shared);
    expect(await run.dataset()).toBe(shared.dataset);
    expect(await run.engine()).toBe(shared.engine);
    await run.fusion();
    await run.dispose();
    expect(disposedEngines).toEqual([]);
    await owner.dispose();
    expect(disposedEngines).toEqual([shared.engine]);
  });

  it('disposes of its engine once, and cannot be used afterwards', async () => {
    const run = open();
    const engine = await run.engine();
    await run.dispose();
    await run.dispose();
    expect(disposedEngines).toEqual([engine]);
    await expect(run.dataset()).rejects.toThrow('disposed');
  });

  it('that never asked for an engine makes none to dispose of', async () => {
    const run = open();
    await run.fusion();
    await run.dispose();
    expect(disposedEngines).toEqual([]);
  });

  it('gives nothing for a language model that the config does not name', async () => {
    expect(await open({ fusion: 'early', languageModel: null }, { index: 0 }).languageModel()).toBeUndefined();
  });
});

describe('a strategy', () => {
  it('gets an encoder for every stream, the streams, the task, the text length, the number of samples and the language model', async () => {
    const encoders = { audio: { use: 'transformer', options: { width: 8 } } };
    const { plugin } = await open({ encoders, data: { ...sampleConfig.data, textLength: 16 } }).fusion();
    expect(plugin).toBe(deep);
    const [host] = seenHosts;
    expect(host!.encoders.audio!.width).toBe(8);
    expect(host!.encoders.vision!.width).toBe(32);
    expect(host!.streams).toEqual(sampleSpec.streams);
    expect(host!.task).toEqual(sampleSpec.task);
    expect(host!.text).toEqual({ length: 16 });
    expect(host!.samples).toEqual({ train: sampleSpec.sizes.train });
    expect(host!.languageModel!.config.architecture).toBe('tiny');
  });

  it('that requires no language model may use one that the run has, and runs without', async () => {
    const { plugin } = await open({}, { index: 0 }).fusion();
    expect(plugin).toBe(early);
    expect(seenHosts[0]).toHaveProperty('languageModel');
    await open({ fusion: 'early', languageModel: null }, { index: 0 }).fusion();
    expect(seenHosts[1]).not.toHaveProperty('languageModel');
    expect(seenHosts[1]).not.toHaveProperty('text');
  });

  it('hears what the times of words rest on, if it requires them', async () => {
    const spec: DatasetSpec = { ...sampleSpec, wordTimes: 'segments' };
    const paced = Object.entries(spec.streams).map(([name, stream]) => [name, { ...stream, pace: 8 }]);
    const plugins = samplePlugins({ ...spec, streams: Object.fromEntries(paced) }).map(({ plugin, source }) => ({
      source,
      plugin: plugin === deep ? { ...deep, requires: { ...deep.requires, wordTimes: 'any' as const } } : plugin,
    }));
    const host = hostWith(plugins);
    await host.openRun(resolveConfig(sampleConfig, host.registry), { fusion: 1 }).fusion();
    expect(seenHosts[0]?.text?.wordTimes).toBe('segments');
    await open({}, { spec }).fusion();
    expect(seenHosts[1]?.text).not.toHaveProperty('wordTimes');
  });

  it('sees no text where there is none', async () => {
    await open({}, { index: 0, spec: { ...sampleSpec, hasText: false } }).fusion();
    expect(seenHosts[0]).not.toHaveProperty('text');
  });

  it('is checked before anything is built', async () => {
    let built = 0;
    const counting = samplePlugins({ ...sampleSpec, hasText: false }).map(({ plugin, source }) => ({
      source,
      plugin: ['language-model', 'encoder', 'fusion'].includes(plugin.kind)
        ? ({ ...plugin, load: () => Promise.reject(new Error(`built ${++built}`)) } as Plugin)
        : plugin,
    }));
    const host = hostWith(counting);
    const run = host.openRun(resolveConfig(sampleConfig, host.registry), { fusion: 1 });
    expect(await rejected(run.fusion())).toMatchObject({ code: 'PLUGIN_REQUIREMENT' });
    expect(built).toBe(0);
  });
});

describe('what is only known once the dataset is open', () => {
  it('is that an encoder is for no stream of it', async () => {
    const error = await rejected(open({ encoders: { audoi: 'transformer' } }).fusion());
    expect(error).toMatchObject({
      code: 'CONFIG_UNKNOWN_OPTION',
      place: 'encoders.audoi',
      remedy: 'Did you mean "audio"?',
    });
  });

  it('is that the metrics have no such column', async () => {
    const error = await rejected(open({ evaluation: { select: 'MEA' } }).metrics());
    expect(error).toMatchObject({ place: 'evaluation.select', remedy: 'Did you mean "MAE"?' });
  });

  it('is that the metrics are for another task', async () => {
    const task = { kind: 'classification', classes: ['sad', 'glad'] } as const;
    expect(await rejected(open({}, { spec: { ...sampleSpec, task } }).metrics())).toMatchObject({
      code: 'PLUGIN_REQUIREMENT',
      place: 'evaluation.metrics.use',
    });
  });

  it('is that the text is longer than the context of the language model', async () => {
    const error = await rejected(open({ data: { ...sampleConfig.data, textLength: 65 } }).fusion());
    expect(error).toMatchObject({ code: 'TEXT_TOO_LONG', expected: 'at most 64 tokens, the context of tiny' });
  });
});

describe('a plugin whose module does not load', () => {
  it('is named, with the cause', async () => {
    const cause = new Error('Cannot find module');
    const plugins = samplePlugins().map(({ plugin, source }) => ({
      source,
      plugin: plugin.kind === 'engine' ? { ...plugin, load: () => Promise.reject(cause) } : plugin,
    }));
    const host = hostWith(plugins);
    const run = host.openRun(resolveConfig(sampleConfig, host.registry), { fusion: 0 });
    expect(await rejected(run.engine())).toMatchObject({ code: 'PLUGIN_NOT_LOADED', cause });
  });
});
