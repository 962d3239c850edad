import type { Engine, FusionHost } from '@interfuse/core';
import { createRandom } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, createHost, createTrial, hostBatch, otherWords } from '../shared/trial.test-support.js';
import { bottleneckFrame } from './bottleneck-frame.js';
import { createMbt } from './module.js';

let engine: Engine;
let host: FusionHost;
beforeAll(async () => {
  engine = await createEngine();
  host = await createHost();
});
afterAll(() => engine.dispose());

const options = { tokens: 2, at: 3, heads: 2, layerDropout: 0, hidden: 16, dropout: 0 };
const trialOf = (changes: Partial<typeof options> = {}) =>
  createTrial(engine, createMbt({ ...options, ...changes }, host));

const difference = (a: readonly number[] | undefined, b: readonly number[] | undefined): number =>
  Math.max(...(a ?? []).map((value, i) => Math.abs(value - (b?.[i] as number))));

describe('the modalities', () => {
  const changes = {
    text: () => otherWords(hostBatch()),
    audio: () => hostBatch({ shift: { audio: 1 } }),
    vision: () => hostBatch({ shift: { vision: 1 } }),
  };

  it('meet in the bottleneck: the head of each changes with the others', async () => {
    const { observe } = await trialOf();
    const plain = await observe(hostBatch());
    for (const [changed, batch] of Object.entries(changes)) {
      const seen = await observe(batch());
      for (const head of Object.keys(changes)) {
        expect(difference(seen[head], plain[head]), `${head} when ${changed} changes`).toBeGreaterThan(1e-6);
      }
    }
  });

  it('meet nowhere else: without a bottleneck the head of each depends on its own modality alone', async () => {
    const { observe } = await trialOf({ tokens: 0 });
    const plain = await observe(hostBatch());
    for (const [changed, batch] of Object.entries(changes)) {
      const seen = await observe(batch());
      for (const head of Object.keys(changes)) {
        expect(difference(seen[head], plain[head]) > 0, `${head} when ${changed} changes`).toBe(head === changed);
      }
    }
  });

  it('are averaged over those that a sample has', async () => {
    const { observe, predict } = await trialOf();
    const batch = hostBatch({ without: ['vision'] });
    const { text = [], audio = [] } = await observe(batch);
    const mean = text.map((value, i) => (value + (audio[i] as number)) / 2);
    expect(difference(await predict(batch), mean)).toBeLessThan(1e-6);
    expect(await predict(hostBatch({ without: ['text', 'audio', 'vision'] }))).toEqual([0, 0, 0]);
  });
});

describe('the bottleneck', () => {
  it('is read by every word and reads every real word; words read real words up to themselves', () => {
    const mask = tf.tensor2d([true, true, false], [1, 3], 'bool');
    const pass = {
      training: false,
      epoch: tf.scalar(0, 'int32'),
      random: createRandom(1, tf.scalar(0, 'int32')),
    };
    const { allowed, positions } = bottleneckFrame(mask, 2, pass);
    expect([...positions.dataSync()]).toEqual([0, 1, 2, 0, 1]);
    expect((allowed.arraySync() as number[][][])[0]).toEqual([
      [1, 0, 0, 1, 1],
      [1, 1, 0, 1, 1],
      [1, 1, 0, 1, 1],
      [1, 1, 0, 1, 1],
      [1, 1, 0, 1, 1],
    ]);
  });

  it('needs two blocks: what one writes into it, only a later one can read', () => {
    const layers = host.languageModel?.config.layers as number;
    expect(() => createMbt({ ...options, at: layers - 1 }, host)).toThrowError(
      /CONFIG_WRONG_VALUE[\s\S]*fusion\.options\.at/,
    );
    expect(createMbt({ ...options, tokens: 0, at: layers - 1 }, host).prefixDepths).toEqual([layers - 1]);
  });

  it('is by default in the last half of the blocks', () => {
    const layers = host.languageModel?.config.layers as number;
    const module = createMbt({ ...options, at: null }, host);
    expect(module.prefixDepths).toEqual([Math.floor(layers / 2)]);
  });
});
