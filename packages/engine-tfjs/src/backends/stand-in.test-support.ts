/** Stand-ins for the packages of native TensorFlow, which tests cannot install: folders of modules that hold one. */
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { NativePackage } from './native-package.js';

/** A backend `tensorflow` on the stock kernels of `cpu`, and what the real one says of itself. */
export const working = (gpu: boolean): string => `
  const tf = require('@tensorflow/tfjs');
  for (const kernel of tf.getKernelsForBackend('cpu')) tf.registerKernel({ ...kernel, backendName: 'tensorflow' });
  tf.registerBackend('tensorflow', () => {
    const { constructor: Backend } = tf.findBackend('cpu');
    const backend = new Backend();
    return Object.assign(backend, { firstUse: false, isUsingGpuDevice: ${gpu}, binding: { TF_Version: '2.9.1' } });
  }, 3);
  tf.setBackend('tensorflow');
`;

/** How @tensorflow/tfjs-node 4.22.0 begins if its installation could not fetch its native part. */
export const withoutBinding = `
  require('@tensorflow/tfjs');
  throw new Error("The Node.js native addon module (tfjs_binding.node) can not be found at path: lib/napi-v8. \\nPlease run");
`;

interface StandIn {
  readonly code?: string;
  readonly version?: string;
  /** Whether it brings a copy of TensorFlow.js for itself. */
  readonly secondCopy?: boolean;
}

/** A module in a new folder in which the package is installed beside the TensorFlow.js of these tests. */
export async function beside(
  name?: NativePackage['name'],
  { code = '', version = '4.22.0', secondCopy = false }: StandIn = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-native-'));
  const scope = join(folder, 'node_modules', '@tensorflow');
  await mkdir(scope, { recursive: true });
  const search = createRequire(import.meta.url);
  for (const library of ['tfjs', 'tfjs-core']) {
    await symlink(dirname(search.resolve(`@tensorflow/${library}/package.json`)), join(scope, library), 'junction');
  }
  if (name !== undefined) {
    const home = join(folder, 'node_modules', name);
    await writePackage(home, { name, version }, code);
    if (secondCopy) {
      const copy = { name: '@tensorflow/tfjs-core', version: '4.22.0' };
      await writePackage(join(home, 'node_modules', copy.name), copy, '');
    }
  }
  return join(folder, 'index.js');
}

async function writePackage(folder: string, manifest: { name: string; version: string }, code: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, main: 'index.js' }));
  await writeFile(join(folder, 'index.js'), code);
}
