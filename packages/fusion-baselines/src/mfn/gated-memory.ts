/**
 * Delta-memory attention and multi-view gated memory (Zadeh et al. 2018, "Memory Fusion Network for Multi-view Sequential
 * Learning", arXiv 1802.00927, sections 3.2 and 3.3). Letters: C cells of all modalities side by side, M memory.
 */
import type { Pass, Tensors } from '@interfuse/core';
import { dropout, inFork, linear, linearLeaves, relu, timeSteps } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export interface NetworkSettings {
  readonly hidden: number;
  readonly dropout: number;
}

export type MemorySettings = { readonly [K in 'attention' | 'candidate' | 'retain' | 'update']: NetworkSettings };

const networkLeaves = (inputs: number, { hidden }: NetworkSettings, outputs: number) => ({
  hidden: linearLeaves(inputs, hidden),
  output: linearLeaves(hidden, outputs),
});

const gateLeaves = (inputs: number, settings: NetworkSettings, memory: number) => ({
  ...networkLeaves(inputs, settings, memory),
  memory: linearLeaves(memory, settings.hidden, { bias: false }),
});

/** @param cells C; @param memory M */
export function memoryLeaves(cells: number, memory: number, settings: MemorySettings) {
  return {
    attention: networkLeaves(2 * cells, settings.attention, 2 * cells),
    candidate: networkLeaves(2 * cells, settings.candidate, memory),
    retain: gateLeaves(2 * cells, settings.retain, memory),
    update: gateLeaves(2 * cells, settings.update, memory),
  };
}

/**
 * c = [cells of the word before ; cells of this word], a = softmax(D_a c), what it keeps of them a * c; then u <- g1 * u +
 * g2 * tanh(D_u (a * c)), where the gates g1 = sigmoid(D_1 [a * c ; u]) and g2 likewise.
 *
 * @param cells [B, L, C]; mask [B, L] bool: at a masked word the memory stands still
 * @returns the memory after the last word [B, M], the attention [B, L, 2 C] and the gates [B, L, M]
 */
export function gatedMemory(
  params: Tensors<ReturnType<typeof memoryLeaves>>,
  cells: tf.Tensor,
  mask: tf.Tensor,
  settings: MemorySettings,
  pass: Pass,
): { memory: tf.Tensor; attention: tf.Tensor; retain: tf.Tensor; update: tf.Tensor } {
  const [batch, length, width] = cells.shape as [number, number, number];
  const none = tf.zeros([batch, 1, width]);
  const before = tf.concat([none, tf.slice(cells, [0, 0, 0], [batch, length - 1, width])], 1); // [B, L, C]
  const window = tf.concat([before, cells], 2); // [B, L, 2 C]
  const within = (name: keyof MemorySettings, x: tf.Tensor): tf.Tensor =>
    dropout(relu(x), settings[name].dropout, inFork(pass, name));
  const network = (name: 'attention' | 'candidate', x: tf.Tensor): tf.Tensor =>
    linear(params[name].output, within(name, linear(params[name].hidden, x)));

  const attention = tf.softmax(network('attention', window)); // [B, L, 2 C]
  const attended = tf.mul(attention, window); // [B, L, 2 C]
  const candidates = timeSteps(tf.tanh(network('candidate', attended))); // L times [B, M]
  const open = timeSteps(tf.cast(mask, 'float32')).map((step) => tf.expandDims(step, 1)); // L times [B, 1]
  const seen = {
    retain: timeSteps(linear(params.retain.hidden, attended)), // L times [B, hidden]
    update: timeSteps(linear(params.update.hidden, attended)),
  };
  let memory: tf.Tensor = tf.zeros([batch, (candidates[0] as tf.Tensor).shape[1] as number]);
  const gates = { retain: [] as tf.Tensor[], update: [] as tf.Tensor[] };
  for (let step = 0; step < length; step += 1) {
    const gate = (name: 'retain' | 'update'): tf.Tensor => {
      const read = tf.add(seen[name][step] as tf.Tensor, linear(params[name].memory, memory));
      const opened = tf.sigmoid(linear(params[name].output, within(name, read)));
      gates[name].push(opened);
      return opened; // [B, M]
    };
    const next = tf.add(tf.mul(gate('retain'), memory), tf.mul(gate('update'), candidates[step] as tf.Tensor));
    memory = tf.add(memory, tf.mul(open[step] as tf.Tensor, tf.sub(next, memory)));
  }
  return { memory, attention, retain: tf.stack(gates.retain, 1), update: tf.stack(gates.update, 1) };
}
