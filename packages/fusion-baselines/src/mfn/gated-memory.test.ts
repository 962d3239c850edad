/** The memory of MFN: gates within their range, and words that are not there. */
import { createRandom, flattenLeaves, initialValues, nestTensors } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { gatedMemory, memoryLeaves } from './gated-memory.js';

beforeAll(() => tf.setBackend('cpu'));

const network = { hidden: 5, dropout: 0 };
const settings = { attention: network, candidate: network, retain: network, update: network };
const [cellWidth, memoryWidth] = [3, 4];
const pass = { training: false, epoch: tf.scalar(0, 'int32'), random: createRandom(1, tf.scalar(0, 'int32')) };
const leaves = memoryLeaves(cellWidth, memoryWidth, settings);

function parameters() {
  const values = [...flattenLeaves(leaves)].map(([path, leaf]) => [
    path,
    tf.tensor(initialValues(leaf, path, 1), [...leaf.shape]),
  ]);
  return nestTensors(leaves, Object.fromEntries(values));
}

const cells = (length: number, scale = 1): tf.Tensor =>
  tf.tensor3d(
    Float32Array.from({ length: length * cellWidth }, (_, i) => scale * Math.sin(1 + i)),
    [1, length, cellWidth],
  );
const open = (...bits: number[]): tf.Tensor => tf.tensor2d([bits], [1, bits.length], 'bool');
const run = (x: tf.Tensor, mask: tf.Tensor) => gatedMemory(parameters(), x, mask, settings, pass);

describe('the gated memory', () => {
  it('has gates from 0 to 1 and attention that adds up to 1 over the cells of two words', () => {
    const { retain, update, attention } = run(cells(6, 50), open(1, 1, 1, 1, 1, 1));
    expect(retain.shape).toEqual([1, 6, memoryWidth]);
    for (const value of [...retain.dataSync(), ...update.dataSync(), ...attention.dataSync()]) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
    for (const sum of tf.sum(attention, 2).dataSync()) expect(sum).toBeCloseTo(1, 5);
  });

  it('stands still where no word is', () => {
    const three = run(cells(3), open(1, 1, 1)).memory.dataSync();
    const padded = run(cells(5), open(1, 1, 1, 0, 0)).memory.dataSync();
    expect([...padded]).toEqual([...three]);
    expect([...run(cells(2), open(0, 0)).memory.dataSync()]).toEqual(new Array(memoryWidth).fill(0));
  });

  it('keeps of the first word what the update gate lets in: there is nothing yet to retain', () => {
    const params = parameters();
    const x = cells(1);
    const { memory, attention, update } = gatedMemory(params, x, open(1), settings, pass);
    // By hand: the proposal of a network of two layers over what attention keeps of [0 ; c].
    const attended = [0, 0, 0, ...x.dataSync()].map((value, i) => value * (attention.dataSync()[i] as number));
    const layer = ({ weight, bias }: { weight: tf.Tensor; bias: tf.Tensor }, input: number[]): number[] =>
      [...bias.dataSync()].map((start, i) =>
        input.reduce((sum, value, j) => sum + value * (weight.dataSync()[i * input.length + j] as number), start),
      );
    const hidden = layer(params.candidate.hidden, attended).map((value) => Math.max(value, 0));
    const proposal = layer(params.candidate.output, hidden).map(Math.tanh);
    [...memory.dataSync()].forEach((value, i) => {
      expect(value).toBeCloseTo((proposal[i] as number) * (update.dataSync()[i] as number), 5);
    });
  });
});
