import type { Encoder, Engine, HostTensors, StreamSpec, TensorMap } from '@interfuse/core';
import { cpu } from '@interfuse/engine-tfjs';
import { createRandom, flattenLeaves, nestTensors, valueAndGradients } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLstm } from './lstm/module.js';
import { createMean } from './mean/module.js';
import { createTransformer } from './transformer/module.js';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const stream: StreamSpec = { name: 'audio', width: 3, maximumLength: 12 };

let engine: Engine;
beforeAll(async () => {
  engine = await (await cpu.load())({}, { logger });
});
afterAll(() => engine.dispose());

const transformerOptions = {
  width: 8,
  layers: 2,
  heads: 2,
  feedForward: null,
  dropout: 0.1,
  steps: null,
  align: 'local',
  masked: true,
  batchNorm: false,
} as const;

const encoders: Record<string, () => Encoder> = {
  transformer: () => createTransformer(transformerOptions, { stream }),
  'transformer of 4 steps': () => createTransformer({ ...transformerOptions, steps: 4 }, { stream }),
  'transformer with batch norm': () => createTransformer({ ...transformerOptions, batchNorm: true }, { stream }),
  'transformer without masks': () =>
    createTransformer({ ...transformerOptions, steps: 4, align: 'strided', masked: false }, { stream }),
  lstm: () => createLstm({ width: 8, bidirectional: true, dropout: 0.1, steps: null, align: 'local' }, { stream }),
  'lstm of 4 steps': () =>
    createLstm({ width: 8, bidirectional: false, dropout: 0.1, steps: 4, align: 'local' }, { stream }),
  mean: () => createMean({ width: 8, dropout: 0.1 }, { stream }),
};
const ignoresPadding = Object.keys(encoders).filter((name) => !name.includes('without masks'));

/** Two samples of 7 and 3 frames; the third lacks the stream. Whatever is not real holds `under`. */
function inputs(padded: number, under = 0): HostTensors {
  const lengths = [7, 3, 0];
  const values = new Float32Array(3 * padded * 3).fill(under);
  const mask = new Uint8Array(3 * padded);
  lengths.forEach((length, sample) => {
    for (let frame = 0; frame < length; frame += 1) {
      mask[sample * padded + frame] = 1;
      for (let i = 0; i < 3; i += 1) values[(sample * padded + frame) * 3 + i] = Math.sin(5 * sample + frame + 2 * i);
    }
  });
  return {
    values: { shape: [3, padded, 3], type: 'float32', data: values },
    mask: { shape: [3, padded], type: 'bool', data: mask },
    present: { shape: [3], type: 'bool', data: Uint8Array.of(1, 1, 0) },
    step: { shape: [], type: 'int32', data: Int32Array.of(0) },
  };
}

/** Encodes once; returns the vectors, the mask and, in training, the largest absolute gradient of every parameter. */
async function encodeOnce(encoder: Encoder, host: HostTensors, training = false) {
  const store = engine.createStore();
  const tree = { parameters: encoder.parameters, state: encoder.state };
  await store.allocate(flattenLeaves(tree), 1);
  const forward = (variables: TensorMap, batch: TensorMap) => {
    const nested = nestTensors(tree, variables);
    return encoder.encode(
      nested.parameters,
      nested.state,
      { values: batch.values as tf.Tensor, mask: batch.mask as tf.Tensor, present: batch.present as tf.Tensor },
      {
        training,
        epoch: tf.scalar(0, 'int32'),
        random: createRandom(1, batch.step as tf.Tensor),
      },
    );
  };
  const program = engine.compile(
    {
      name: 'encode',
      run(variables, batch) {
        if (!training) {
          const { values, mask } = forward(variables, batch).encoded;
          return { updates: {}, outputs: { values, mask } };
        }
        const { rest, gradients } = valueAndGradients(
          (parameters) => {
            const { values, mask } = forward({ ...variables, ...parameters }, batch).encoded;
            const score = tf.sum(tf.mul(values, tf.cos(tf.mul(tf.range(0, values.size), 3)).reshape(values.shape)));
            return { value: score, rest: { values, mask } };
          },
          Object.fromEntries(Object.entries(variables).filter(([path]) => path.startsWith('parameters/'))),
        );
        const largest = Object.entries(gradients).map(([path, gradient]) => [path, tf.max(tf.abs(gradient))] as const);
        return { updates: {}, outputs: { ...rest, ...Object.fromEntries(largest) } };
      },
    },
    store,
  );
  return program.run(host);
}

const numbers = (tensors: HostTensors, path: string): number[] => Array.from(tensors[path]?.data ?? []);

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] as number))));
  expect(worst).toBeLessThan(tolerance);
}

describe('every encoder', () => {
  it.each(Object.keys(encoders))(
    '%s returns the width and steps that it declares, in zeros under the mask',
    async (name) => {
      const encoder = (encoders[name] as () => Encoder)();
      const result = await encodeOnce(encoder, inputs(9));
      const [batch, steps, width] = result.values!.shape;
      expect([batch, width]).toEqual([3, encoder.width]);
      if (encoder.steps !== undefined) expect(steps).toBe(encoder.steps);
      const mask = numbers(result, 'mask');
      numbers(result, 'values').forEach((value, i) => {
        expect(Number.isFinite(value)).toBe(true);
        if (mask[Math.floor(i / encoder.width)] === 0) expect(value).toBe(0);
      });
      // The sample that lacks the stream has nothing real.
      expect(mask.slice(-(steps as number)).every((step) => step === 0)).toBe(true);
    },
  );

  it.each(Object.keys(encoders))('%s never sees what lies under a mask, not even NaN', async (name) => {
    const encoder = (encoders[name] as () => Encoder)();
    const clean = await encodeOnce(encoder, inputs(9));
    expect(numbers(await encodeOnce(encoder, inputs(9, Number.NaN)), 'values')).toEqual(numbers(clean, 'values'));
  });

  it.each(ignoresPadding)('%s never sees how much padding there is', async (name) => {
    const encoder = (encoders[name] as () => Encoder)();
    const short = await encodeOnce(encoder, inputs(7));
    const long = await encodeOnce(encoder, inputs(12));
    for (const path of ['values', 'mask']) {
      const real = (result: HostTensors) => {
        const steps = result.mask?.shape[1] as number;
        const per = numbers(result, path).length / (3 * steps);
        // The steps of the first sample, and those of the second that fit into the shorter result.
        const kept = short.mask?.shape[1] as number;
        return numbers(result, path).filter((_, i) => Math.floor(i / per) % steps < kept);
      };
      expectClose(real(long), real(short));
    }
  });

  it.each(Object.keys(encoders))('%s trains every parameter that is not inert', async (name) => {
    const encoder = (encoders[name] as () => Encoder)();
    const result = await encodeOnce(encoder, inputs(9), true);
    for (const [path, leaf] of flattenLeaves({ parameters: encoder.parameters })) {
      const [gradient] = numbers(result, path) as [number];
      expect(Number.isFinite(gradient), path).toBe(true);
      if (leaf.inert === undefined) expect(gradient, path).toBeGreaterThan(1e-6);
    }
  });
});

describe('options', () => {
  it('a width that the heads do not divide is an error that names the place', () => {
    expect(() => createTransformer({ ...transformerOptions, heads: 3 }, { stream })).toThrowError(
      /CONFIG_WRONG_VALUE[\s\S]*encoders\.audio\.options\.heads/,
    );
  });
});
