import assert from 'node:assert';
import type { FusionModule, FusionPlugin } from '@interfuse/core';
import { cpu, wasm } from '@interfuse/engine-tfjs';
import { zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Check, reportOf } from './claim.js';
import { checkEncoder } from './encoder-conformance.js';
import { soundMetric } from './faulty/metrics.test-support.js';
import { counting, createSound, sound, withManifest, withModule } from './faulty/sound.test-support.js';
import { checkFusionPlugin, fusionChecks } from './fusion-conformance.js';
import { checkLanguageModel } from './language-model-conformance.js';
import { checkMetric } from './metric-conformance.js';
import { tinyEncoderPlugin } from './mocks/tiny-encoder-plugin.js';
import {
  type CapabilityLevel,
  capabilityLevels,
  tinyLanguageModelPlugin,
} from './mocks/tiny-language-model-plugins.js';

function withAbsentToken(module: FusionModule): FusionModule {
  return {
    ...module,
    parameters: { ...module.parameters, absent: zeros([1]) },
    forward(params, state, batch, pass) {
      const result = module.forward(params, state, batch, pass);
      const lacking = tf.sub(1, tf.cast(tf.expandDims(batch.streams.audio?.present as tf.Tensor, 1), 'float32')); // [B, 1]
      const { absent } = params as { absent: tf.Tensor };
      return { ...result, output: { prediction: tf.add(result.output.prediction, tf.mul(lacking, absent)) } };
    },
  };
}

function checkNamed(checks: readonly Check[], name: RegExp): Check {
  const found = checks.find((check) => name.test(check.name));
  assert(found, `no check is named ${name}`);
  return found;
}

describe('a sound plugin', () => {
  it('passes every check, on two engines', async () => {
    const { failed, passed, conforms } = await checkFusionPlugin(sound, { engines: [cpu, wasm] });
    expect(failed).toEqual([]);
    expect(conforms).toBe(true);
    expect(passed.length).toBeGreaterThan(20);
  });

  it('may remember what it has trained on', async () => {
    const plugin = withModule((module) => counting(module, () => 1));
    const checks = fusionChecks(plugin, { engines: [cpu, wasm] });
    await checks.find(({ name }) => name === 'every engine gives the same numbers')?.run();
  });

  it('may take one kind of task only, if the call says so', async () => {
    const plugin = withModule((module, { task }) => (task.kind === 'regression' ? module : assert.fail(task.kind)));
    const tried = (settings: object) =>
      fusionChecks(plugin, { engines: [cpu], ...settings })
        .find(({ name }) => name.endsWith('for every task'))
        ?.run();
    await tried({ tasks: ['regression'] });
    await expect(tried({})).rejects.toThrowError(/classification/);
  });
});

describe('a plugin with a learned token for what is absent', () => {
  it('passes the check for it', async () => {
    const plugin = { ...withModule(withAbsentToken), missing: 'absent-token' } as const;
    const checks = fusionChecks(plugin, { engines: [cpu] });
    await checkNamed(checks, /^a learned token stands in/).run();
    await checkNamed(checks, /^every trainable leaf/).run();
  });
});

describe('a plugin whose gates are shut at first', () => {
  it('need not excuse the leaves behind them: the gates have moved by the second look', async () => {
    const plugin = withModule((module) => ({
      ...module,
      parameters: { ...module.parameters, gate: zeros([1]), behind: zeros([1]) },
      forward(params, state, batch, pass) {
        const { gate, behind } = params as { gate: tf.Tensor; behind: tf.Tensor };
        const { output, ...rest } = module.forward(params, state, batch, pass);
        const prediction = tf.add(output.prediction, tf.mul(tf.tanh(gate), tf.add(1, behind)));
        return { ...rest, output: { prediction } };
      },
    }));
    await checkNamed(fusionChecks(plugin, { engines: [cpu] }), /^every trainable leaf/).run();
  });
});

describe('a strategy that follows a published program without masks', () => {
  const ignoresMasks = (module: FusionModule): FusionModule => ({
    ...module,
    faithful: 'as published, frames count whether they are real or not',
    forward(params, state, batch, pass) {
      const { output, ...rest } = module.forward(params, state, batch, pass);
      const frames = tf.mean(batch.streams.audio?.values as tf.Tensor, [1, 2]); // [B]
      return { ...rest, output: { prediction: tf.add(output.prediction, tf.expandDims(frames, 1)) } };
    },
  });
  const optional: FusionPlugin = {
    ...sound,
    options: {
      type: 'object',
      additionalProperties: false,
      properties: { masked: { type: 'boolean', default: true, description: 'Whether padded frames are left out.' } },
    },
    load: async () => (options, host) =>
      (options as { masked: boolean }).masked ? createSound(host) : ignoresMasks(createSound(host)),
  };
  const failures = async (plugin: FusionPlugin, options: object): Promise<string[]> => {
    const checks = fusionChecks(plugin, { engines: [cpu], options: [options] });
    const report = await reportOf(
      plugin,
      checks.filter(({ name }) => /mask|padding/.test(name)),
    );
    return report.failed.map(({ name }) => name);
  };

  it('may, where an option asks for it and it says why', async () => {
    expect(await failures(optional, { masked: false })).toEqual([]);
  });

  it('may not without a reason, nor by default', async () => {
    expect(
      await failures(
        withModule((module) => ({ ...ignoresMasks(module), faithful: ' ' })),
        {},
      ),
    ).toEqual(['masks are the default', 'values under a mask never matter', 'the amount of padding never matters']);
  });
});

describe('the mocks', () => {
  it.each(Object.keys(capabilityLevels) as CapabilityLevel[])(
    'a tiny language model of the level "%s" passes every check for what it provides',
    async (level) => {
      const { failed, passed } = await checkLanguageModel(tinyLanguageModelPlugin(level), { engines: [cpu, wasm] });
      expect(failed).toEqual([]);
      expect(passed.length).toBeGreaterThan(11);
    },
  );

  it('the tiny encoder passes every check, with its frames and with a fixed number of steps', async () => {
    const { failed } = await checkEncoder(tinyEncoderPlugin, { engines: [cpu, wasm], options: [{}, { steps: 4 }] });
    expect(failed).toEqual([]);
  });
});

describe('a sound metric', () => {
  it('passes every check', async () => {
    expect((await checkMetric(soundMetric)).failed).toEqual([]);
  });
});

describe('a report', () => {
  it('names what failed and why, and goes on with the other checks', async () => {
    const plugin = withManifest({ load: async () => () => assert.fail('no such encoder') });
    const { conforms, failed, passed } = await checkFusionPlugin(plugin, { engines: [cpu] });
    expect(conforms).toBe(false);
    expect(passed).toContain('the manifest is complete, and its id, version and interface are in order');
    expect(failed.map(({ error }) => error.got)).toContain('an error on the way: no such encoder');
  });

  it('has the battery once for every set of options', () => {
    const checks = (options: object[]) => fusionChecks(sound, { engines: [cpu], options }).map(({ name }) => name);
    expect(checks([{}, { gate: 1 }])).toHaveLength(2 * checks([{}]).length);
    expect(checks([{}, { gate: 1 }]).at(-1)).toBe('it learns eight samples by heart ({"gate":1})');
  });
});
