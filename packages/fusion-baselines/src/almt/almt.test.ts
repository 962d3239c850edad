import type { Engine, FusionHost } from '@interfuse/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, createHost, createTrial, hostBatch, otherWords } from '../shared/trial.test-support.js';
import { createAlmt } from './module.js';

let engine: Engine;
let host: FusionHost;
beforeAll(async () => {
  engine = await createEngine();
  host = await createHost();
});
afterAll(() => engine.dispose());

const options = {
  ...{ width: 8, heads: 2, tokens: 3, embeddingDepth: 1, depth: 2, fusionDepth: 1, layerDropout: 0 },
  dropout: 0,
};
const trialOf = (readOut: 'token' | 'mean') => createTrial(engine, createAlmt({ ...options, readOut }, host));

const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

describe('the text', () => {
  it('guides what is taken of each stream, at every layer', async () => {
    const { observe } = await trialOf('token');
    const plain = await observe(hostBatch());
    const other = await observe(otherWords(hostBatch()));
    for (const name of ['attention/audio/0', 'attention/audio/1', 'attention/vision/0', 'attention/vision/1']) {
      expect(difference(other[name] as number[], plain[name] as number[]), name).toBeGreaterThan(1e-5);
    }
  });

  it('reaches the token that is read only through the streams', async () => {
    const { predict } = await trialOf('token');
    const without = ['audio', 'vision'];
    const silent = await predict(hostBatch({ without }));
    expect(await predict(otherWords(hostBatch({ without })))).toEqual(silent);
    expect(silent.every(Number.isFinite)).toBe(true);
    expect(difference(await predict(otherWords(hostBatch())), await predict(hostBatch()))).toBeGreaterThan(1e-5);
  });

  it('is read itself where the mean is, also without any stream', async () => {
    const { predict } = await trialOf('mean');
    const without = ['audio', 'vision'];
    const silent = await predict(hostBatch({ without }));
    expect(difference(await predict(otherWords(hostBatch({ without }))), silent)).toBeGreaterThan(1e-5);
  });
});

describe('a stream', () => {
  it('that is absent adds nothing to the hyper-modality', async () => {
    const { observe } = await trialOf('token');
    const seen = await observe(hostBatch({ without: ['vision'] }));
    expect(Math.max(...(seen['attention/vision/0'] ?? []))).toBe(0);
    expect(Math.max(...(seen['attention/audio/0'] ?? []))).toBeGreaterThan(0);
  });

  it('is compressed by itself: what is taken of another depends on the text and on that other alone', async () => {
    const { observe } = await trialOf('token');
    const plain = await observe(hostBatch());
    const shifted = await observe(hostBatch({ shift: { vision: 1 } }));
    expect(shifted['attention/audio/1']).toEqual(plain['attention/audio/1']);
    expect(shifted['attention/vision/1']).not.toEqual(plain['attention/vision/1']);
  });
});
