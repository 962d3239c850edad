import type { Engine, FusionHost } from '@interfuse/core';
import { flattenLeaves } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, createHost, createTrial, hostBatch, otherWords } from '../shared/trial.test-support.js';
import { createMult } from './module.js';
import { mult } from './plugin.js';
import { temporalConvolution } from './temporal-convolution.js';

let engine: Engine;
let host: FusionHost;
beforeAll(async () => {
  engine = await createEngine();
  host = await createHost();
});
afterAll(() => engine.dispose());

const options = {
  ...{ width: 8, heads: 2, layers: 2, memoryLayers: 1, kernel: 1, dropout: 0, attentionDropout: 0 },
  ...{ embeddingDropout: 0, textDropout: 0, headDropout: 0 },
};
const directions = ['text/audio', 'text/vision', 'audio/text', 'audio/vision', 'vision/text', 'vision/audio'];

describe('the directions', () => {
  it('are all pairs of modalities', async () => {
    const { crossModal } = createMult(options, host).parameters as { crossModal: Record<string, object> };
    const pairs = Object.entries(crossModal).flatMap(([target, sources]) =>
      Object.keys(sources).map((source) => `${target}/${source}`),
    );
    expect(pairs.sort()).toEqual([...directions].sort());
  });

  it('read their target and their source, and nothing else', async () => {
    const { observe } = await createTrial(engine, createMult(options, host));
    const plain = await observe(hostBatch());
    const changed = {
      text: await observe(otherWords(hostBatch())),
      audio: await observe(hostBatch({ shift: { audio: 1 } })),
      vision: await observe(hostBatch({ shift: { vision: 1 } })),
    };
    for (const direction of directions) {
      for (const [modality, seen] of Object.entries(changed)) {
        const same = JSON.stringify(seen[`attention/${direction}`]) === JSON.stringify(plain[`attention/${direction}`]);
        expect(same, `${direction} when ${modality} changes`).toBe(!direction.split('/').includes(modality));
      }
    }
  });

  it('read nothing of a source that is absent', async () => {
    const { observe } = await createTrial(engine, createMult(options, host));
    const seen = await observe(hostBatch({ without: ['audio'] }));
    expect(Math.max(...(seen['attention/text/audio'] ?? []))).toBe(0);
    expect(Math.max(...(seen['attention/text/vision'] ?? []))).toBeGreaterThan(0);
  });
});

describe('the memory', () => {
  it('has at least as many layers as the directions', () => {
    const layersOf = (layers: number, memoryLayers: number): number => {
      const { memories } = createMult({ ...options, layers, memoryLayers }, host).parameters as {
        memories: { text: { layers: unknown[] } };
      };
      return memories.text.layers.length;
    };
    expect(layersOf(2, 3)).toBe(3);
    expect(layersOf(4, 3)).toBe(4);
  });
});

describe('a temporal convolution', () => {
  it('sees neighbours, zeros beyond the ends and under the mask, and keeps the number of steps', () => {
    const values = tf.tensor3d([1, 10, 100, 7], [1, 4, 1]);
    const mask = tf.tensor2d([true, true, true, false], [1, 4], 'bool');
    const sums = temporalConvolution({ weight: tf.ones([1, 3]) }, { values, mask }, 3);
    expect([...sums.values.dataSync()]).toEqual([11, 111, 110, 0]);
    const pairs = temporalConvolution({ weight: tf.ones([1, 2]) }, { values, mask }, 2);
    expect([...pairs.values.dataSync()]).toEqual([11, 110, 100, 0]);
  });
});

describe('options by modality', () => {
  it('a kernel for the text alone leaves the streams at one step', () => {
    const leaves = flattenLeaves(createMult({ ...options, kernel: { text: 3 } }, host).parameters);
    const width = host.languageModel?.config.width as number;
    expect(leaves.get('projections/text/weight')?.shape).toEqual([8, 3 * width]);
    expect(leaves.get('projections/audio/weight')?.shape).toEqual([8, host.encoders.audio?.width]);
  });

  it('presets of the three datasets give a module', () => {
    for (const { options: preset } of Object.values(mult.presets ?? {})) {
      const defaults = Object.entries(mult.options.properties).map(([name, property]) => [name, property.default]);
      const filled = { ...Object.fromEntries(defaults), ...preset } as Parameters<typeof createMult>[0];
      expect(createMult(filled, host).prefixDepths).toEqual([host.languageModel?.config.layers]);
    }
  });
});
