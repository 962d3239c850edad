import assert from 'node:assert';
import type { FusionModule } from '@interfuse/core';
import { cpu, wasm } from '@interfuse/engine-tfjs';
import { zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { counting, sound, withManifest, withModule } from './faulty/sound.test-support.js';
import { checkFusionPlugin, fusionChecks } from './fusion-conformance.js';

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
    await checks.find(({ name }) => name === 'a learned token stands in for what is absent')?.run();
    await checks.find(({ name }) => name.startsWith('every trainable leaf'))?.run();
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
