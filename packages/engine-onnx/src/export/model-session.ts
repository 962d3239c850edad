/** An exported file as anybody runs it: plain ONNX Runtime, with its own defaults. */
import type { HostTensor, HostTensors } from '@interfuse/core';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';

export interface ModelSession {
  /** Surplus inputs are left out. */
  run(inputs: HostTensors): Promise<HostTensors>;
  close(): Promise<void>;
}

export const runtimeVersion: string = env.versions.node ?? 'unknown';

export async function openModel(file: string): Promise<ModelSession> {
  const session = await InferenceSession.create(file);
  return {
    async run(inputs) {
      const feeds = session.inputNames.map((name): [string, Tensor] => {
        const { type, data, shape } = inputs[name] as HostTensor;
        return [name, new Tensor(type, data, shape)];
      });
      const results = await session.run(Object.fromEntries(feeds));
      const outputs = Object.entries(results).map(([name, { dims, type, data }]): [string, HostTensor] => [
        name,
        { shape: dims, type: type as HostTensor['type'], data: data as HostTensor['data'] },
      ]);
      return Object.fromEntries(outputs);
    },
    close: () => session.release(),
  };
}
