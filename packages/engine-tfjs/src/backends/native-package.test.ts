import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadNativePackage, type NativePackage } from './native-package.js';
import { beside, withoutBinding } from './stand-in.test-support.js';

const tensorflow: NativePackage = { engine: 'tensorflow', name: '@tensorflow/tfjs-node' };
const tensorflowGpu: NativePackage = { engine: 'tensorflow-gpu', name: '@tensorflow/tfjs-node-gpu' };

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

async function failure(native: NativePackage, from: Promise<string>, node = '20.19.0'): Promise<unknown> {
  folders.push(dirname(await from));
  try {
    loadNativePackage(native, { from: await from, node });
  } catch (error) {
    return error;
  }
  throw new Error('the package was loaded');
}

describe('a package of native TensorFlow', () => {
  it('that is not installed is named with the command that installs it', async () => {
    expect(await failure(tensorflow, beside())).toMatchObject({
      code: 'ENGINE_ABSENT',
      place: 'engine tensorflow',
      expected: 'the package @tensorflow/tfjs-node@4.22.0',
      remedy: expect.stringContaining('`npm install --no-save @tensorflow/tfjs-node@4.22.0`'),
    });
    expect(await failure(tensorflowGpu, beside())).toMatchObject({
      code: 'ENGINE_ABSENT',
      remedy: expect.stringMatching(
        /npm install --no-save @tensorflow\/tfjs-node-gpu@4\.22\.0.*CUDA 11\.2 and cuDNN 8\.1/,
      ),
    });
  });

  it('is not recommended to who runs a Node.js that it cannot run on', async () => {
    const error = await failure(tensorflow, beside(), '24.1.0');
    expect(error).toMatchObject({ code: 'ENGINE_ABSENT', remedy: expect.stringContaining('take Node.js 20 or 22') });
    expect((error as Error).message).not.toContain('npm install');
  });

  it('is refused on Node.js 23 and later, which lacks what it calls', async () => {
    for (const node of ['23.0.0', '24.1.0']) {
      expect(await failure(tensorflow, beside(tensorflow.name, { code: 'module.exports = 1' }), node)).toMatchObject({
        code: 'ENGINE_UNAVAILABLE',
        expected: expect.stringContaining('util.isNullOrUndefined'),
        got: `Node.js ${node}`,
      });
    }
  });

  it('of another version than TensorFlow.js is refused before it is loaded', async () => {
    const older = beside(tensorflow.name, { version: '4.17.0', code: 'throw new Error("was loaded")' });
    expect(await failure(tensorflow, older)).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      expected: expect.stringContaining('@tensorflow/tfjs-node@4.22.0'),
      got: '@tensorflow/tfjs-node@4.17.0',
    });
  });

  it('with a copy of TensorFlow.js of its own is refused before it is loaded', async () => {
    const doubled = beside(tensorflow.name, { secondCopy: true, code: 'throw new Error("was loaded")' });
    expect(await failure(tensorflow, doubled)).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      expected: expect.stringContaining('one copy of @tensorflow/tfjs-core'),
      got: expect.stringMatching(/tfjs-node[\\/]node_modules/),
      remedy: expect.stringContaining('npm dedupe'),
    });
  });

  it('without its native part says how to fetch that', async () => {
    expect(await failure(tensorflow, beside(tensorflow.name, { code: withoutBinding }))).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      got: expect.stringContaining('tfjs_binding.node'),
      remedy: expect.stringContaining('`npm rebuild @tensorflow/tfjs-node`'),
    });
  });

  it('that does not load for another reason says which', async () => {
    const code = 'throw new Error("libtensorflow.so.2: cannot open shared object file")';
    expect(await failure(tensorflow, beside(tensorflow.name, { code }))).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      got: 'libtensorflow.so.2: cannot open shared object file',
    });
  });

  it('that fits is loaded, and gives its version', async () => {
    const from = await beside(tensorflow.name, { code: 'module.exports = 1' });
    folders.push(dirname(from));
    expect(loadNativePackage(tensorflow, { from, node: '22.12.0' })).toEqual({ version: '4.22.0' });
  });
});
