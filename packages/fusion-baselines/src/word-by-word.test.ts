/** The strategies that fuse word by word: which datasets they take, and what streams and words do to them. */
import type { FusionHost, FusionPlugin, HostTensor, HostTensors, WordTimes } from '@interfuse/core';
import { checkPreset, compileSchema } from '@interfuse/core/config';
import { cpu } from '@interfuse/engine-tfjs';
import { tinyBatch, tinyHost } from '@interfuse/testing';
import { evaluateStep, modelLeaves, scalarInt } from '@interfuse/training/loop';
import { describe, expect, it } from 'vitest';
import { alignedEarly, efLstm, mag, mfn } from './index.js';

const strategies = [efLstm, alignedEarly, mag, mfn] as readonly FusionPlugin[];
const byId = strategies.map((plugin) => [plugin.id, plugin] as const);
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

async function create(plugin: FusionPlugin, written: object, wordTimes: WordTimes = 'measured') {
  const host: FusionHost = { ...tinyHost(plugin), text: { length: 6, wordTimes } };
  const options = structuredClone(written);
  compileSchema(plugin.options as { [keyword: string]: unknown })(options, '');
  return { host, module: (await plugin.load())(options as never, host) };
}

/** Predictions of three samples, of the module with these options. */
async function trial(plugin: FusionPlugin, options: object = {}) {
  const { host, module } = await create(plugin, options);
  const engine = await (await cpu.load())({}, { logger });
  const store = engine.createStore();
  await store.allocate(modelLeaves(module), 7);
  const program = engine.compile(evaluateStep({ module, seed: 7 }), store);
  const batch = tinyBatch(host, { size: 3 });
  return {
    batch,
    predict: async (inputs: HostTensors) => [
      ...((await program.run({ ...inputs, epoch: scalarInt(0) })).prediction as HostTensor).data,
    ],
  };
}

/** All spans of a stream moved by so many steps. */
function later(batch: HostTensors, stream: string, by: number): HostTensors {
  const path = `streams/${stream}/spans`;
  const spans = batch[path] as HostTensor;
  return { ...batch, [path]: { ...spans, data: (spans.data as Float32Array).map((step) => step + by) } };
}

const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

describe.each(byId)('%s', (id, plugin) => {
  it('wants measured times unless told that others will do', async () => {
    for (const [known, got] of [
      ['segments', /sentences/],
      ['none', /one that does not/],
    ] as const) {
      await expect(create(plugin, {}, known)).rejects.toMatchObject({
        code: 'PLUGIN_REQUIREMENT',
        place: `fusion ${id}, options.times`,
        got: expect.stringMatching(got),
        remedy: expect.stringContaining('times: approximate'),
      });
      const { module } = await create(plugin, { times: 'approximate' }, known);
      expect(Object.keys(module.parameters)).toContain('head');
    }
  });

  it('has presets that its options take', () => {
    for (const name of Object.keys(plugin.presets ?? {})) expect(() => checkPreset(plugin, name)).not.toThrow();
  });

  it('hears of each stream what sounds while a word does', async () => {
    const { batch, predict } = await trial(plugin, id === 'aligned-early' ? { gate: 1 } : {});
    const plain = await predict(batch);
    for (const stream of ['audio', 'vision']) {
      expect(difference(await predict(later(batch, stream, 0.5)), plain)).toBeGreaterThan(1e-5);
    }
    // Of words that are spoken before the stream begins nothing is heard, whatever it holds.
    const silent = later(later(batch, 'audio', -99), 'vision', -99);
    const loud = silent['streams/audio/values'] as HostTensor;
    const louder = { ...loud, data: (loud.data as Float32Array).map((value) => 10 * value) };
    expect(await predict({ ...silent, 'streams/audio/values': louder })).toEqual(await predict(silent));
  });
});

describe('aligned-early', () => {
  it('is the text alone where its gates are closed', async () => {
    const { batch, predict } = await trial(alignedEarly as FusionPlugin);
    expect(await predict(later(batch, 'audio', 1))).toEqual(await predict(batch));
  });
});

describe('the depth of the text', () => {
  it('is that of the shift in MAG, and all of the language model in MFN', async () => {
    expect((await create(mag as FusionPlugin, { at: 2 })).module.prefixDepths).toEqual([2]);
    const { module, host } = await create(mfn as FusionPlugin, {});
    expect(module.prefixDepths).toEqual([host.languageModel?.config.layers]);
    await expect(create(mag as FusionPlugin, { at: 99 })).rejects.toMatchObject({ place: 'fusion.options.at' });
  });
});
