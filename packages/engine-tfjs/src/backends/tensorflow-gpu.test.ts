import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { createEngineOn } from '../engine.js';
import { beside, working } from './stand-in.test-support.js';
import { tensorflowPreset } from './tensorflow.js';

it('the engine tensorflow-gpu does not pass off the CPU as a GPU', async () => {
  const native = { engine: 'tensorflow-gpu', name: '@tensorflow/tfjs-node-gpu' } as const;
  const from = await beside(native.name, { code: working(false) });
  await expect(createEngineOn(tensorflowPreset(native, { from, node: '20.19.0' }))).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    got: 'libtensorflow on the CPU: it found no GPU, or not the libraries for one',
    remedy: expect.stringContaining('CUDA 11.2 and cuDNN 8.1'),
  });
  await rm(dirname(from), { recursive: true });
});
