import assert from 'node:assert';
import type { FusionModule, FusionPlugin } from '@interfuse/core';
import { cpu, wasm } from '@interfuse/engine-tfjs';
import { mapLeaves, trained, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { checkFusionPlugin, fusionChecks } from './fusion-conformance.js';
import { createSound, sound, withManifest, withModule, withPrediction } from './plugins.test-support.js';

/** [B, 1]: 1 for every sample. */
const one = (prediction: tf.Tensor): tf.Tensor => tf.ones([prediction.shape[0] as number, 1]);

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

/** It counts the samples that it has trained on, `by` at a time, from its second epoch on. */
function counting(module: FusionModule, by: () => number): FusionModule {
  return {
    ...module,
    state: { ...module.state, trained: zeros([1], { train: false }) },
    forward(params, state, batch, pass) {
      const { output, state: next } = module.forward(params, state, batch, pass);
      return { output, state: { ...next, trained: (state as { trained: tf.Tensor }).trained } };
    },
    afterStep(state, _, { rows }, { epoch }) {
      const { trained: before } = state as { trained: tf.Tensor };
      const later = tf.cast(tf.greater(epoch, 0), 'float32');
      return { ...state, trained: tf.add(before, tf.mul(later, rows.size * by())) };
    },
  };
}

const broken: Record<string, { plugin: FusionPlugin; claim: string }> = {
  'has an id of capitals': {
    plugin: withManifest({ id: 'Not An Id' }),
    claim: 'the manifest is complete, and its id, version and interface are in order',
  },
  'has a preset that its own schema refuses': {
    plugin: withManifest({ presets: { deep: { summary: 'Deeper.', options: { dpeth: 9 } } } }),
    claim: 'the schema of the options is valid, closed and described throughout',
  },
  'leaves a nested object of its options open': {
    plugin: withManifest({
      options: {
        type: 'object',
        additionalProperties: false,
        properties: { head: { type: 'object', description: 'The head.', properties: {} } },
      },
    }),
    claim: 'the schema of the options is valid, closed and described throughout',
  },
  'makes a tensor in its factory': {
    plugin: withModule((module) => {
      tf.scalar(1);
      return module;
    }),
    claim: 'parameters are counted without reading a weight or making a tensor',
  },
  'declares something else every time': {
    plugin: withModule((module) => ({ ...module, state: { ...module.state, [`x${Math.random()}`]: zeros([1]) } })),
    claim: 'leaves have sound shapes and names, the same every time',
  },
  'calls blocks that it does not require': {
    plugin: withModule((module, host) => {
      host.languageModel?.feedForward(0);
      return module;
    }),
    claim: 'it calls of the language model only what it requires',
  },
  'drops the batch axis at batch 1': {
    plugin: withPrediction((prediction) => (prediction.shape[0] === 1 ? tf.squeeze(prediction) : prediction)),
    claim: 'batches of one and of three give finite predictions of the declared shape, for every task',
  },
  'names too few axes': {
    plugin: withModule((module) => ({
      ...module,
      forward(...args) {
        const result = module.forward(...args);
        const inspect = { prediction: { values: result.output.prediction, axes: ['sample'] } };
        return { ...result, output: { ...result.output, inspect } };
      },
    })),
    claim: 'what is there to be inspected has a name for every axis',
  },
  'reads across the batch in the first of its two parts': {
    plugin: withModule((module) => ({
      ...module,
      parts: {
        read(...args) {
          const { prediction } = module.forward(...args).output;
          return { prediction: tf.mul(prediction, (prediction.shape[0] as number) / 3) };
        },
        conclude: (_, state, { prediction }) => ({ output: { prediction: prediction as tf.Tensor }, state }),
      },
    })),
    claim: 'read in pieces, a batch gives the same prediction',
  },
  'ignores the mask of a stream': {
    plugin: withPrediction((prediction, { streams }) =>
      tf.add(prediction, tf.mean(streams.audio?.values as tf.Tensor, [1, 2], false).reshape([-1, 1])),
    ),
    claim: 'values under a mask never matter',
  },
  'divides by the padded length': {
    plugin: withPrediction((prediction, { text }) => tf.div(prediction, text?.tokens.shape[1] as number)),
    claim: 'the amount of padding never matters',
  },
  'learns from labels that are not known': {
    plugin: withModule((module) => ({
      ...module,
      losses: ({ prediction }, { labels }) => ({
        task: { value: tf.mean(tf.abs(tf.sub(prediction, labels.task?.values as tf.Tensor))), weight: 1 },
      }),
    })),
    claim: 'a label that is not known teaches nothing',
  },
  'adds the position in the batch': {
    plugin: withPrediction((prediction) =>
      tf.add(prediction, tf.reshape(tf.range(0, prediction.shape[0] as number), [-1, 1])),
    ),
    claim: 'a permuted batch gives permuted predictions',
  },
  'subtracts the mean of the batch': {
    plugin: withPrediction((prediction) => tf.sub(prediction, tf.mean(prediction, 0))),
    claim: 'a sample is predicted alone as in company',
  },
  'divides by the number of real steps': {
    plugin: withPrediction((prediction, { streams }) => {
      const count = tf.sum(tf.cast(streams.audio?.mask as tf.Tensor, 'float32'), 1, true);
      return tf.add(prediction, tf.sub(tf.div(count, count), 1));
    }),
    claim: 'nothing at all gives finite numbers, never NaN',
  },
  'takes the logarithm of a presence': {
    plugin: withPrediction((prediction, { streams }) =>
      tf.add(prediction, tf.log(tf.cast(tf.expandDims(streams.audio?.present as tf.Tensor, 1), 'float32'))),
    ),
    claim: 'a sample that lacks a modality gets finite numbers, forward and backward',
  },
  'declares a token for what is absent and has none': {
    plugin: withManifest({ missing: 'absent-token' }),
    claim: 'a learned token stands in for what is absent',
  },
  'forgets a parameter': {
    plugin: withModule((module) => ({ ...module, parameters: { ...module.parameters, forgotten: zeros([3]) } })),
    claim: 'every trainable leaf has a finite, non-zero gradient within two updates, or says why not',
  },
  'trains the frozen language model': {
    plugin: withManifest({
      load: async () => (_options, host) => {
        const languageModel = host.languageModel as NonNullable<typeof host.languageModel>;
        const parameters = mapLeaves(languageModel.parameters, (leaf) => trained(leaf));
        return createSound({ ...host, languageModel: { ...languageModel, parameters } });
      },
    }),
    claim: 'a frozen language model receives no gradient and stays as it is',
  },
  'reads a value back': {
    plugin: withPrediction((prediction) =>
      (prediction.dataSync()[0] as number) > 0 ? tf.mul(prediction, 2) : prediction,
    ),
    claim: 'it reads no value back',
  },
  'writes into the batch': {
    plugin: withPrediction((prediction, batch) => {
      Object.assign(batch.streams, { audio: batch.streams.vision });
      return prediction;
    }),
    claim: 'it leaves its inputs as they are',
  },
  'disposes of its inputs': {
    plugin: withPrediction((prediction, batch) => {
      batch.streams.audio?.present.dispose();
      return prediction;
    }),
    claim: 'it leaves its inputs as they are',
  },
  'returns the state that it was given': {
    plugin: withModule((module) => ({
      ...module,
      forward: (params, state, batch, pass) => ({ ...module.forward(params, state, batch, pass), state }),
    })),
    claim: 'state comes back as declared, that of the encoders advanced',
  },
  'draws numbers without the seed': {
    plugin: withPrediction((prediction, _batch, { training }) =>
      training ? tf.mul(prediction, 0.9 + 0.2 * Math.random()) : prediction,
    ),
    claim: 'the same seed gives the same bits, forward and backward, dropout included',
  },
  'counts its calls': {
    plugin: withModule((module) => {
      let calls = 0;
      return {
        ...module,
        forward(...args) {
          calls += 1;
          const { output, state } = module.forward(...args);
          return { output: { prediction: tf.add(output.prediction, calls / 10) }, state };
        },
      };
    }),
    claim: 'nothing is kept between calls',
  },
  'projects by numbers that no leaf holds': {
    plugin: withModule((module) => {
      const factor = Math.random();
      return {
        ...module,
        forward(...args) {
          const { output, state } = module.forward(...args);
          return { output: { prediction: tf.mul(output.prediction, factor) }, state };
        },
      };
    }),
    claim: 'saved and loaded, it predicts the same',
  },
  'computes something else on another backend': {
    plugin: withPrediction((prediction) => (tf.getBackend() === 'wasm' ? tf.mul(prediction, 1.01) : prediction)),
    claim: 'every engine gives the same numbers',
  },
  'remembers something else on another backend': {
    plugin: withModule((module) => counting(module, () => (tf.getBackend() === 'wasm' ? 1.01 : 1))),
    claim: 'every engine gives the same numbers',
  },
  'takes a memoised text for another one': {
    plugin: withPrediction((prediction, { text }) => (text?.prefix ? tf.add(prediction, 1) : prediction)),
    claim: 'a memoised prefix of the language model changes nothing',
  },
  'predicts the same for everything': {
    plugin: withPrediction((prediction) => tf.add(tf.mul(prediction, 0), one(prediction))),
    claim: 'it learns eight samples by heart',
  },
};

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

describe('a plugin that', () => {
  it.each(Object.entries(broken))('%s is caught by the check for it', async (_, { plugin, claim }) => {
    const check = fusionChecks(plugin, { engines: [cpu, wasm] }).find(({ name }) => name === claim);
    expect(check, claim).toBeDefined();
    await expect(check?.run()).rejects.toThrowError(/^PLUGIN_(INVALID|NONCONFORMING)(?![\s\S]*an error on the way)/);
  });
});
