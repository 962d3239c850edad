import { type FusionHost, type HostTensor, type HostTensors, resolveTraining } from '@interfuse/core';
import { cpu } from '@interfuse/engine-tfjs';
import { flattenLeaves } from '@interfuse/nn';
import { tinyBatch, tinyClassification, tinyHost } from '@interfuse/testing';
import { accumulateStep, scalarInt, trainingLeaves } from '@interfuse/training/loop';
import { describe, expect, it } from 'vitest';
import { createMlfDnn } from './module.js';
import type { MlfDnnOptions } from './plugin.js';
import { mlfDnn } from './plugin.js';

const options: MlfDnnOptions = {
  widths: { '*': 8 },
  utteranceDropout: 0,
  hidden: { '*': 8 },
  dropout: { '*': 0 },
  lossWeights: { '*': 1 },
};
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** Losses and gradients by path, on the reference engine. */
async function differentiated(host: FusionHost, own: MlfDnnOptions, batches: readonly HostTensors[]) {
  const module = createMlfDnn(own, host);
  const engine = await (await cpu.load())({}, { logger });
  const settings = resolveTraining(undefined, { accumulate: 2, accumulation: 'sum' });
  const step = accumulateStep({ module, task: host.task, seed: 1, settings });
  const results: HostTensors[] = [];
  for (const batch of batches) {
    const store = engine.createStore();
    await store.allocate(trainingLeaves(module, settings), 1);
    const outputs = await engine.compile(step, store).run({ ...batch, step: scalarInt(0), epoch: scalarInt(0) });
    const gradients = await store.read(store.paths.filter((path) => path.startsWith('gradients/')));
    results.push({ ...outputs, ...gradients });
    store.dispose?.();
  }
  await engine.dispose();
  return results;
}

/** The batch with another label of this sample. */
function relabelled(batch: HostTensors, name: string, sample: number): HostTensors {
  const path = `labels/${name}/values`;
  const label = batch[path] as HostTensor;
  const data = Float32Array.from(label.data, (value, i) => (i === sample ? -value - 7 : value));
  return { ...batch, [path]: { ...label, data } };
}

const changed = (one: HostTensors | undefined, other: HostTensors | undefined): string[] =>
  Object.keys(one ?? {}).filter((path) => one?.[path]?.data.some((value, i) => value !== other?.[path]?.data[i]));

describe('the label of a modality', () => {
  const host = tinyHost(mlfDnn);

  it('teaches its own head, vector and encoder, and nothing else', async () => {
    const batch = tinyBatch(host, { size: 3 });
    const [before, after] = await differentiated(host, options, [batch, relabelled(batch, 'audio', 1)]);
    const paths = changed(before, after);
    expect(paths).toContain('losses/audio');
    expect(paths).toContain('gradients/heads/single/audio/output/bias');
    expect(paths.some((path) => path.startsWith('gradients/encoders/audio/'))).toBe(true);
    const beyond = paths.filter((path) => !path.includes('/audio') && path !== 'loss');
    expect(beyond).toEqual([]);
  });

  it('teaches nothing where the sample lacks the modality', async () => {
    const batch = tinyBatch(host, { size: 3, absent: (sample) => (sample === 1 ? ['audio'] : []) });
    const [before, after] = await differentiated(host, options, [batch, relabelled(batch, 'audio', 1)]);
    expect(changed(before, after)).toEqual([]);
  });

  it('is a class of its own name in classification', async () => {
    const classes = tinyHost(mlfDnn, { task: tinyClassification });
    const batch = tinyBatch(classes, { size: 3 });
    const [result] = await differentiated(classes, options, [batch]);
    expect(Object.keys(result ?? {}).filter((path) => path.startsWith('losses/'))).toEqual([
      'losses/task',
      'losses/text',
      'losses/audio',
      'losses/vision',
    ]);
    expect(Object.keys(batch)).toContain('labels/audio_class/values');
  });

  it('is required, unless its head has the weight 0 and is left out', async () => {
    const batch = tinyBatch(host, { size: 3 });
    const without = Object.fromEntries(Object.entries(batch).filter(([path]) => !path.startsWith('labels/vision/')));
    await expect(differentiated(host, options, [without])).rejects.toThrowError(
      /PLUGIN_REQUIREMENT[\s\S]*label "vision"[\s\S]*labels: task, text, audio[\s\S]*lossWeights\.vision=0/,
    );
    const two = { ...options, lossWeights: { '*': 1, vision: 0 } };
    const [result] = await differentiated(host, two, [without]);
    expect(result?.['losses/vision']).toBeUndefined();
    const paths = [...flattenLeaves(createMlfDnn(two, host).parameters).keys()];
    expect(paths.some((path) => path.startsWith('heads/single/vision'))).toBe(false);
  });
});

it('the head that predicts cannot be left out', () => {
  expect(() => createMlfDnn({ ...options, lossWeights: { '*': 0 } }, tinyHost(mlfDnn))).toThrowError(
    /fusion\.options\.lossWeights\.joint/,
  );
});
