/** The backend `tensorflow`: libtensorflow, by the optional packages `@tensorflow/tfjs-node` and `-gpu`. */
import { InterfuseError } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { nativeMemory } from '../kernels/memory.js';
import { registerCommonKernels } from '../kernels/shared-kernels.js';
import { gpuToo, loadNativePackage, type NativePackage, type Surroundings } from './native-package.js';
import type { BackendPreset } from './preset.js';

/** What engines ask of the backend that the packages register. */
interface NativeBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

/** Both packages register one name with TensorFlow.js: the first that is loaded has the process. */
let loaded: NativePackage | undefined;

/** @param surroundings where the package is looked for; tests give others than this module's */
export function tensorflowPreset(native: NativePackage, surroundings?: Surroundings): BackendPreset {
  let version = '';
  return {
    id: native.engine,
    backend: 'tensorflow',
    async prepare() {
      if (loaded && loaded.name !== native.name) {
        throw new InterfuseError('ENGINE_UNAVAILABLE', {
          place: `engine ${native.engine}`,
          expected: 'one of the engines tensorflow and tensorflow-gpu in a process',
          got: `the second: ${loaded.name} is loaded`,
          remedy: 'Run them in processes of their own.',
        });
      }
      ({ version } = loadNativePackage(native, surroundings));
      loaded = native;
      registerCommonKernels('tensorflow', nativeMemory);
      if (native.engine === 'tensorflow-gpu') requireGpu(native);
    },
    async describe() {
      const { isUsingGpuDevice = false, binding } = startedBackend();
      return {
        package: `${native.name} ${version}`,
        libtensorflow: binding?.TF_Version ?? 'unknown',
        gpu: isUsingGpuDevice,
      };
    },
  };
}

function startedBackend(): NativeBackend {
  return tf.findBackend('tensorflow') as NativeBackend;
}

/** Without CUDA the package for GPUs computes on the CPU, and says so at most on standard error. */
function requireGpu({ engine, name }: NativePackage): void {
  if (startedBackend().isUsingGpuDevice === true) return;
  throw new InterfuseError('ENGINE_UNAVAILABLE', {
    place: `engine ${engine}`,
    expected: `a GPU that libtensorflow uses${gpuToo(name)}`,
    got: 'libtensorflow on the CPU: it found no GPU, or not the libraries for one',
    remedy: 'Install CUDA 11.2 and cuDNN 8.1 where LD_LIBRARY_PATH finds them, or take the engine tensorflow or onnx.',
  });
}
