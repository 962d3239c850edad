/**
 * The execution providers of ONNX Runtime that the engine can use: who computes the nodes of a graph.
 *
 * A provider for a GPU takes the nodes that it has kernels for, and leaves the others to the CPU. Variables stay in
 * buffers of the host: they are copied to the device before each run of a graph, and their updates back after it.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { Graph } from './graph.js';
import type { Provider } from './plugin.js';

/** A file that the package of the runtime lacks as npm installs it: too large for the registry. */
const cudaLibrary = 'libonnxruntime_providers_cuda.so';

const installCuda = 'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node';

const otherwise = 'Otherwise stay on the CPU (engine.options.provider=cpu).';

/**
 * Operations that WebGPU must not take: its angles have four digits (WGSL asks for no more), and it has no pooling with
 * indices and no powers of integers, but takes the nodes and then fails.
 */
const notOnWebgpu = ['Acos', 'Cos', 'MaxPool', 'Pow', 'Sin', 'Tan'];

/**
 * What a session has to be told to run on the provider.
 *
 * @param operations names of the graph's nodes by kind of operation
 */
export function providerOptions(
  provider: Provider,
  operations: ReadonlyMap<string, readonly string[]>,
): Pick<InferenceSession.SessionOptions, 'executionProviders' | 'logSeverityLevel'> {
  if (provider === 'cpu') return { executionProviders: ['cpu'] };
  const device = provider === 'webgpu' ? onWebgpu(operations) : provider;
  // Errors only: the runtime warns of every graph of which the CPU computes a part.
  return { executionProviders: [device, 'cpu'], logSeverityLevel: 3 };
}

function onWebgpu(operations: ReadonlyMap<string, readonly string[]>): InferenceSession.WebGpuExecutionProviderOption {
  const forceCpuNodeNames = notOnWebgpu.flatMap((operation) => operations.get(operation) ?? []);
  return {
    name: 'webgpu',
    // In the other layout ONNX Runtime 1.30 computes wrong gradients of grouped convolutions.
    preferredLayout: 'NCHW',
    // An empty list is an error.
    ...(forceCpuNodeNames.length === 0 ? {} : { forceCpuNodeNames }),
  };
}

/**
 * Finds out whether the provider computes on this machine, by a graph of one node; `cpu` always does.
 *
 * @param folder where the runtime's libraries lie
 * @throws ENGINE_ABSENT if the runtime, its package or the machine lacks what the provider needs; ENGINE_UNAVAILABLE if
 * all is there and does not work
 */
export async function tryProvider(provider: Provider, folder: string = libraryFolder()): Promise<void> {
  if (provider === 'cpu') return;
  const offered = listSupportedBackends().map(({ name }) => name);
  if (!offered.includes(provider)) {
    throw new InterfuseError('ENGINE_ABSENT', {
      ...wanted(provider),
      got: `onnxruntime-node for ${process.platform} ${process.arch}, which offers ${offered.join(', ')}`,
      remedy: otherwise,
    });
  }
  if (provider === 'cuda' && !existsSync(join(folder, cudaLibrary))) {
    throw new InterfuseError('ENGINE_ABSENT', {
      ...wanted(provider),
      got: `no ${cudaLibrary} beside the runtime: npm packages do not bring it`,
      remedy: `Run \`${installCuda}\` (it downloads from the .NET package registry); CUDA 12, cuDNN 9 and a driver must be installed. ${otherwise}`,
    });
  }
  try {
    await double(provider);
  } catch (error) {
    throw explain(provider, error instanceof Error ? error : new Error(String(error)));
  }
}

const needs = {
  cpu: 'the CPU',
  webgpu: 'a GPU with a driver for Vulkan, Direct3D 12 or Metal',
  cuda: 'an NVIDIA GPU with CUDA 12, cuDNN 9 and the CUDA library of ONNX Runtime',
} as const satisfies Record<Provider, string>;

function wanted(provider: Provider): { place: string; expected: string } {
  return { place: 'engine.options.provider', expected: `for "${provider}": ${needs[provider]}` };
}

/** Exported for its tests: most of these failures need a machine of their own. */
export function explain(provider: Provider, cause: Error): InterfuseError {
  const said = cause.message.replace(/^.*?: Failed to/s, 'Failed to').split('\n', 1)[0] as string;
  if (provider === 'webgpu' && /Failed to get a WebGPU adapter/.test(said)) {
    const library = process.platform === 'linux' ? ' On Linux the driver needs the Vulkan loader, libvulkan.so.1.' : '';
    return new InterfuseError('ENGINE_ABSENT', {
      ...wanted(provider),
      got: 'no GPU that WebGPU can use (no adapter)',
      remedy: `Install the driver of the GPU.${library} ${otherwise}`,
      cause,
    });
  }
  return new InterfuseError('ENGINE_UNAVAILABLE', {
    ...wanted(provider),
    got: said,
    remedy:
      provider === 'cuda'
        ? `Check that \`nvidia-smi\` shows the GPU, and that the libraries of CUDA 12 and cuDNN 9 are found (LD_LIBRARY_PATH); the runtime prints the one that it misses. ${otherwise}`
        : otherwise,
    cause,
  });
}

/** @throws what the runtime throws; Error if the sum is wrong */
async function double(provider: Provider): Promise<void> {
  const graph = new Graph();
  graph.input({ name: 'x', type: 'float32', shape: [2] });
  const output = graph.output(graph.add('Add', ['x', 'x']), 'float32', [2]);
  const { model, operations } = graph.serialise([output]);
  const session = await InferenceSession.create(model, providerOptions(provider, operations));
  try {
    const results = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2), [2]) });
    const sum = [...((results[output.name] as Tensor).data as Float32Array)];
    if (String(sum) !== '2,4') throw new Error(`1 + 1, 2 + 2 gave ${sum.join(', ')}`);
  } finally {
    await session.release();
  }
}

function libraryFolder(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
}
