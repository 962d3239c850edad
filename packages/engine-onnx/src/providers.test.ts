import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, type EnginePlugin, fromPackage, isInterfuseError, type Step } from '@interfuse/core';
import { resolveConfig } from '@interfuse/core/config';
import { fanInUniform } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnx, type Provider } from './plugin.js';
import { explain, providerOptions, tryProvider } from './providers.js';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-providers-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Twenty steps in which every variable is read by the new values of both. */
async function trained(provider: Provider): Promise<number[]> {
  const engine = await (await onnx.load())({ threads: 1, provider }, { logger });
  const store = engine.createStore();
  await store.allocate(
    new Map([
      ['a', fanInUniform([8, 8], 8)],
      ['b', fanInUniform([8, 8], 8)],
    ]),
    1,
  );
  const step: Step = {
    name: 'both',
    run: ({ a, b }) => ({
      updates: {
        a: tf.sub(a as tf.Tensor, tf.mul(0.1, tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D))),
        b: tf.add(tf.mul(0.9, b as tf.Tensor), tf.mul(0.1, tf.sin(a as tf.Tensor))),
      },
      outputs: {},
    }),
  };
  const program = engine.compile(step, store);
  for (let count = 0; count < 20; count += 1) await program.run({});
  const { a, b } = await store.read(['a', 'b']);
  await engine.dispose();
  return [...(a?.data ?? []), ...(b?.data ?? [])];
}

describe('an execution provider', () => {
  it('is the CPU unless the options say otherwise, and is named by the engine', async () => {
    const engine = await (await onnx.load())({ threads: 3, provider: 'cpu' }, { logger });
    expect(await engine.describe()).toEqual({
      backend: 'onnxruntime',
      version: '1.30.0',
      provider: 'cpu',
      threads: 3,
    });
    expect(providerOptions('cpu', new Map())).toEqual({ executionProviders: ['cpu'] });
  });

  it.each(['webgpu', 'cuda'] as const)(
    '%s gives the results of the CPU, or says what is missing here',
    async (provider) => {
      const values = await trained(provider).catch((error: unknown) => error);
      if (Array.isArray(values)) {
        const expected = await trained('cpu');
        expect(values).toHaveLength(128);
        values.forEach((value, index) => {
          expect(Math.abs(value - (expected[index] as number))).toBeLessThan(1e-5);
        });
      } else {
        expect(isInterfuseError(values)).toBe(true);
        expect(values).toMatchObject({
          code: expect.stringMatching(/^ENGINE_(ABSENT|UNAVAILABLE)$/),
          place: 'engine.options.provider',
          remedy: expect.stringContaining('engine.options.provider=cpu'),
        });
      }
    },
  );

  it('that has no library says with which command it is fetched', async () => {
    const error = await tryProvider('cuda', folder).catch((cause: unknown) => cause);
    // onnxruntime-node offers CUDA on some systems only.
    if (process.platform === 'linux' && process.arch === 'x64') {
      expect(error).toMatchObject({
        code: 'ENGINE_ABSENT',
        got: expect.stringContaining('no libonnxruntime_providers_cuda.so'),
        remedy: expect.stringContaining('ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node'),
      });
    } else expect(error).toMatchObject({ code: expect.stringMatching(/^ENGINE_/) });
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'whose library does not load is an error of its own',
    async () => {
      // The library is looked for in `folder`, and loaded from beside the runtime: it may be there, and work.
      await writeFile(join(folder, 'libonnxruntime_providers_cuda.so'), 'no library');
      const error = await tryProvider('cuda', folder).catch((cause: unknown) => cause);
      if (error !== undefined) expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    },
  );

  it('without a GPU is told apart from one that fails', () => {
    const adapter =
      'webgpu_context.cc:136 Initialize was false. Failed to get a WebGPU adapter: No supported adapters\n';
    expect(explain('webgpu', new Error(adapter))).toMatchObject({
      code: 'ENGINE_ABSENT',
      got: 'no GPU that WebGPU can use (no adapter)',
    });
    expect(explain('webgpu', new Error('device lost'))).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      got: 'device lost',
    });
    expect(explain('cuda', new Error('Ort: Failed to load shared library'))).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      got: 'Failed to load shared library',
      remedy: expect.stringContaining('nvidia-smi'),
    });
  });

  it('webgpu leaves to the CPU what it would compute badly', () => {
    const operations = new Map([
      ['MatMul', ['t1']],
      ['Sin', ['t2', 't3']],
    ]);
    expect(providerOptions('webgpu', operations).executionProviders).toEqual([
      { name: 'webgpu', preferredLayout: 'NCHW', forceCpuNodeNames: ['t2', 't3'] },
      'cpu',
    ]);
    expect(providerOptions('webgpu', new Map()).executionProviders).toEqual([
      { name: 'webgpu', preferredLayout: 'NCHW' },
      'cpu',
    ]);
  });

  it('that does not exist is refused by the config', async () => {
    const registry = createRegistry([...fromPackage([onnx as EnginePlugin], '@interfuse/engine-onnx')]);
    expect(() =>
      resolveConfig({ data: 'x', fusion: 'y', engine: { use: 'onnx', options: { provider: 'opencl' } } }, registry),
    ).toThrow(/engine\.options\.provider[\s\S]*cpu[\s\S]*webgpu[\s\S]*cuda/);
  });
});
