/** Runs a step eagerly: uploads the inputs, calls it on the active backend, keeps the updates, reads the outputs. */
import { type HostTensor, type HostTensors, InterfuseError, type Program, type Step } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { checkSignature, download, tensorSignature, upload } from './host-tensors.js';
import type { ResidentStore } from './store.js';

export function createProgram(step: Step, store: ResidentStore, activate: () => void): Program {
  /** Everything that needs the active backend, in one synchronous stretch, so that engines cannot come between. */
  function runStep(inputs: HostTensors): Record<string, tf.Tensor> {
    activate();
    const before = store.tensors();
    const { updates, outputs } = tf.tidy(() => {
      const uploaded: Record<string, tf.Tensor> = {};
      for (const [path, host] of Object.entries(inputs)) uploaded[path] = upload(host, `${step.name}: ${path}`);
      const result = step.run(before, uploaded);
      checkUpdates(step, before, result.updates);
      return ownTensors(before, result);
    });
    for (const [path, tensor] of Object.entries(updates)) store.replace(path, tensor);
    return outputs;
  }

  return {
    async run(inputs) {
      const outputs = runStep(inputs);
      const values: Record<string, HostTensor> = {};
      try {
        for (const [path, tensor] of Object.entries(outputs)) values[path] = await download(tensor);
      } finally {
        for (const tensor of Object.values(outputs)) tensor.dispose();
      }
      return values;
    },
  };
}

function checkUpdates(step: Step, variables: tf.NamedTensorMap, updates: Readonly<tf.NamedTensorMap>): void {
  for (const [path, tensor] of Object.entries(updates)) {
    const variable = variables[path];
    if (!variable) {
      throw new InterfuseError('ENGINE_STEP', {
        place: `step ${step.name}, update ${path}`,
        expected: `one of the ${Object.keys(variables).length} variables of the store`,
        got: 'a path that was never allocated',
      });
    }
    checkSignature(
      'ENGINE_STEP',
      `step ${step.name}, update ${path}`,
      tensorSignature(variable),
      tensorSignature(tensor),
    );
  }
}

/**
 * Updates and outputs as tensors of their own: a step may return a variable, an input or one tensor twice, but what is
 * kept, what is replaced and what is read and dropped must not share a life. An update by itself is no update.
 */
function ownTensors(
  variables: tf.NamedTensorMap,
  result: ReturnType<Step['run']>,
): { updates: tf.NamedTensorMap; outputs: tf.NamedTensorMap } {
  const taken = new Set(Object.values(variables));
  const own = (tensor: tf.Tensor): tf.Tensor => {
    const copy = taken.has(tensor) ? tf.clone(tensor) : tensor;
    taken.add(copy);
    return copy;
  };
  const updates: tf.NamedTensorMap = {};
  for (const [path, tensor] of Object.entries(result.updates)) {
    if (tensor !== variables[path]) updates[path] = own(tensor);
  }
  const outputs: tf.NamedTensorMap = {};
  for (const [path, tensor] of Object.entries(result.outputs)) outputs[path] = own(tensor);
  return { updates, outputs };
}
